// Puts what was chosen on this device onto the page before its first paint, which is why it is a script of its own that the page waits for:
// a theme that came with the program would come after a flash of the other one. src/settings/device-choices.ts writes what is read here,
// and once the page speaks it sees to a change of its language itself.
(() => {
  const key = 'parlour choices';
  const root = document.documentElement;
  const directions = { en: 'ltr', ar: 'rtl', ja: 'ltr' };
  const themeColours = [...document.querySelectorAll('meta[name="theme-color"]')];

  const show = (text, isFirst = false) => {
    let chosen = {};
    try {
      chosen = JSON.parse(text) ?? {};
    } catch {
      // What nobody can read was not chosen.
    }
    const theme = chosen.theme === 'light' || chosen.theme === 'dark' ? chosen.theme : null;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    if (chosen.density === 'compact') root.dataset.density = 'compact';
    else delete root.dataset.density;
    const wishes = [chosen.language, ...navigator.languages.map((wish) => wish.toLowerCase().split('-')[0])];
    const language = wishes.find((wish) => Object.hasOwn(directions, wish)) ?? 'en';
    if (isFirst) Object.assign(root, { lang: language, dir: directions[language] });
    for (const meta of themeColours) {
      if (theme) meta.media = meta.dataset.of === theme ? 'all' : 'not all';
      else meta.media = `(prefers-color-scheme: ${meta.dataset.of})`;
    }
  };

  window.addEventListener('storage', (event) => event.key === key && show(event.newValue));
  try {
    show(localStorage.getItem(key), true);
  } catch {
    // The browser keeps nothing for this page: it goes by the system.
    show(null, true);
  }
})();
