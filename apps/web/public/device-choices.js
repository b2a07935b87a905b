// Puts what was chosen on this device onto the page before its first paint, which is why it is a script of its own that the page waits for:
// a theme that came with the program would come after a flash of the other one. src/settings/device-choices.ts writes what is read here.
(() => {
  const key = 'parlour choices';
  const root = document.documentElement;
  const themeColours = [...document.querySelectorAll('meta[name="theme-color"]')];

  const show = (text) => {
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
    for (const meta of themeColours) {
      if (theme) meta.media = meta.dataset.of === theme ? 'all' : 'not all';
      else meta.media = `(prefers-color-scheme: ${meta.dataset.of})`;
    }
  };

  window.addEventListener('storage', (event) => event.key === key && show(event.newValue));
  try {
    show(localStorage.getItem(key));
  } catch {
    // The browser keeps nothing for this page: it goes by the system.
  }
})();
