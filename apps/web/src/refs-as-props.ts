import { options, type Ref, type VNode } from 'preact';

/** React gives a function component its `ref` among its properties; Preact keeps it back, unless it is told so. */
const before = options.vnode;
options.vnode = (node: VNode & { ref?: Ref<unknown> | null }) => {
  const { type, ref } = node;
  if (typeof type === 'function' && !('render' in (type.prototype ?? {})) && ref) {
    Object.assign(node.props, { ref });
    node.ref = null;
  }
  before?.(node);
};
