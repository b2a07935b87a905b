// Draws what stood in the list when the page was left last, in its first frame: the program, and what it keeps, need most of a second more on a slow
// phone. src/recents/use-first-look.ts keeps it. It is a picture and nothing else, for nobody to press, and goes as soon as the program draws.
(() => {
  const root = document.getElementById('root');
  const isListed = location.pathname === '/' || (location.pathname.startsWith('/c/') && matchMedia('(min-width: 701px)').matches);

  const draw = (node, parentSpace) => {
    if (typeof node === 'string') return document.createTextNode(node);
    const [tag, attributes, style, inside] = node;
    const space = tag === 'svg' ? 'http://www.w3.org/2000/svg' : parentSpace;
    const element = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
    element.append(...inside.map((each) => draw(each, space)));
    return element;
  };

  const still = (className, ...inside) => {
    const element = document.createElement('div');
    element.className = className;
    element.append(...inside);
    return element;
  };

  try {
    // Of whoever was logged in here before, nothing is shown to the next.
    const login = /(?:^|; )parlour_login=([0-9a-z]{26})(?:;|$)/.exec(document.cookie)?.[1];
    const look = JSON.parse(localStorage.getItem('parlour.person.first-look'));
    if (!isListed || login === undefined || look?.login !== login || look.language !== document.documentElement.lang) return;
    const column = still('shell-list', ...look.column.map((node) => draw(node, document.documentElement.namespaceURI)));
    const picture = still('shell first-look', column);
    picture.dataset.onPhone = 'list';
    picture.ariaHidden = 'true';
    picture.inert = true;
    root.after(picture);
    new MutationObserver((_changes, observer) => {
      picture.remove();
      observer.disconnect();
    }).observe(root, { childList: true });
  } catch {
    // The browser keeps nothing for this page, or nothing that can be drawn: it is empty until the program stands.
  }
})();
