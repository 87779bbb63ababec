// Runs before the first paint, so that a dark console never flashes white. A file and not an inline script: the content security policy allows none.
(function () {
  var root = document.documentElement;
  try {
    var saved = JSON.parse(localStorage.getItem('kirchhoff.preferences') || '{}');
    var dark = saved.theme === 'dark' || (saved.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
    root.dataset.theme = dark ? 'dark' : 'light';
    root.dataset.density = saved.density === 'compact' ? 'compact' : 'comfortable';
    var language = saved.language || (/^zh\b/i.test(navigator.language) ? 'zh' : 'en');
    root.lang = language === 'zh' ? 'zh-CN' : 'en';
  } catch (refused) {
    // Storage may be blocked; the defaults in index.html stand.
  }
})();
