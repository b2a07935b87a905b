import { options, type Ref, type VNode } from 'preact';

/** What React promises to those who write for it, and Preact does otherwise unless it is told so. */

/** After a press or a key the effects of what it changed are done before the next is heard: who opens a menu and presses Enter at once means the menu. */
options.requestAnimationFrame = queueMicrotask;

/** A function component has its `ref` among its properties. */
const before = options.vnode;
options.vnode = (node: VNode & { ref?: Ref<unknown> | null }) => {
  const { type, ref } = node;
  if (typeof type === 'function' && !('render' in (type.prototype ?? {})) && ref) {
    Object.assign(node.props, { ref });
    node.ref = null;
  }
  before?.(node);
};
