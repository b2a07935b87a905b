import { Component, type ReactNode } from 'react';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { type Message, say } from '../language/say.ts';

/** `isMain`: it holds what the page is about. */
type Props = { broken: Message; isMain?: boolean; children: ReactNode };

/** A part of the page that may break without taking the rest with it. */
export class Region extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <EmptyState isMain={this.props.isMain ?? false} title={say(this.props.broken)}>
        {say('Your messages are safe.')} <Button onClick={() => this.setState({ broken: false })}>{say('Show it again')}</Button>
      </EmptyState>
    );
  }
}
