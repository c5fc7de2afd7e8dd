// Before the first paint, so that nothing flashes: the theme and language chosen on this device.
(() => {
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem('language');
    if (language === 'sv' || language === 'en') document.documentElement.lang = language;
  } catch {
    // Storage may be forbidden; then the system decides.
  }
})();
