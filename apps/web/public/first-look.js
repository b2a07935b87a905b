// Shows the list of conversations as it stood when this page was last left, until the program has read its store and draws the list itself: a script
// of its own, as the program comes too late for it. src/shell/first-look.ts takes the picture. It is of one login, and shown to that one alone.
(() => {
  const tags = new Set('div nav ul li a span bdi em strong kbd time h1 button svg path circle rect line'.split(' '));
  const attributes = /^(?:class|dir|href|style|d|c[xy]|r|[xy][12]?|rx|width|height|viewBox|fill|stroke(?:-[a-z]+)?|type|data-[a-z-]+)$/;

  const draw = ([tag, given, children], isInSvg) => {
    const isSvg = isInSvg || tag === 'svg';
    const element = isSvg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      // The content security policy allows no attribute of this name, and this in its place.
      if (name === 'style') element.style.cssText = value;
      else if (attributes.test(name)) element.setAttribute(name, value);
    }
    for (const child of children) {
      if (typeof child === 'string') element.append(child);
      else if (tags.has(child[0])) element.append(draw(child, isSvg));
    }
    return element;
  };

  const { pathname } = location;
  if (pathname !== '/' && !pathname.startsWith('/c/')) return;
  try {
    const { login, language, list } = JSON.parse(localStorage.getItem('parlour.person.first look'));
    const hint = /(?:^|; )parlour_login=([0-9a-z]{26})(?:;|$)/.exec(document.cookie);
    if (hint?.[1] !== login || language !== document.documentElement.lang) return;
    const look = document.createElement('div');
    look.className = 'shell first-look';
    look.dataset.onPhone = pathname === '/' ? 'list' : 'main';
    // Nobody hears it and nothing in it takes the focus: it is gone in a moment.
    look.inert = true;
    look.setAttribute('aria-hidden', 'true');
    look.append(draw(list, false));
    look.querySelector(`a[href="${CSS.escape(pathname)}"]`)?.setAttribute('aria-current', 'page');
    document.body.append(look);
    // Whoever is quicker than the program opens what they pressed all the same.
    document.addEventListener('click', ({ clientX, clientY }) => {
      if (!look.isConnected) return;
      const pressed = [...look.querySelectorAll('a')].find((link) => {
        const { left, right, top, bottom } = link.getBoundingClientRect();
        return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
      });
      if (pressed) history.pushState(null, '', pressed.href);
    });
  } catch {
    // There is no picture, or none that can be drawn.
  }
})();
