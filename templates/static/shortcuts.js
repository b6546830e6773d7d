// Keys that lead through lists of papers. Everything works without this file.
"use strict";

(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // They can be switched off (WCAG 2.1.4): who speaks to a computer, or slips, presses keys without meaning to.
  const SHORTCUTS = "shortcuts";
  const withStorage = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  let areShortcutsOff = withStorage((storage) => storage.getItem(SHORTCUTS)) === "off";

  const goToPaper = (step) => {
    const links = all(".paper h2 a, .letter h3 a");
    const now = links.findIndex((link) => link.closest("li").contains(document.activeElement));
    const next = links[now < 0 && step < 0 ? -1 : now + step];
    next?.focus();
    next?.closest("li").scrollIntoView({ block: "nearest" });
  };
  const openPaper = () => document.activeElement.closest(".paper, .letter li")?.querySelector("h2 a, h3 a")?.click();

  // Where the page shows no field, to the page that has one.
  const goToSearch = () => {
    const fields = all('form.search [name="q"], .site-search [name="q"]');
    const target = fields.find((field) => field.checkVisibility()) ?? document.querySelector("a[data-search]");
    if (target?.matches("a")) target.click();
    else target?.focus();
    return Boolean(target);
  };

  const useShortcuts = (help) => {
    const box = help.querySelector('[name="shortcuts"]');
    const show = () => {
      box.checked = !areShortcutsOff;
      help.showModal();
    };
    const actions = { j: () => goToPaper(1), k: () => goToPaper(-1), o: openPaper, "/": goToSearch, "?": show };
    box.addEventListener("change", () => {
      areShortcutsOff = !box.checked;
      withStorage((storage) => storage.setItem(SHORTCUTS, areShortcutsOff ? "off" : "on"));
    });
    for (const button of all("[data-shortcuts]")) {
      button.hidden = false;
      button.addEventListener("click", show);
    }
    document.addEventListener("keydown", (event) => {
      const isTyped = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (areShortcutsOff || isTyped || help.open || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (!Object.hasOwn(actions, event.key)) return;
      if (actions[event.key]() !== false) event.preventDefault();
    });
  };

  const help = document.getElementById("shortcuts");
  if (help) useShortcuts(help);
})();
