// What makes the pages quicker to use. Everything works without this file.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- the reader's time zone -------------------------------------------------------------------------------------
  const detectTimeZone = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const input of all('input[type="hidden"][name="timezone"]')) if (zone) input.value = zone;
    // Whoever signed up without a script has the default.
    for (const select of all("[data-detect-timezone] select")) {
      if (select.value === "UTC" && [...select.options].some((option) => option.value === zone)) select.value = zone;
    }
  };

  // --- categories: a filter box and the chosen ones as chips -----------------------------------------------------
  const textOf = (box) => box.closest("label")?.textContent ?? document.querySelector(`label[for="${box.id}"]`)?.textContent ?? box.value;
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const filterCategories = (input, boxes) => {
    const groups = [...new Set(boxes.map((box) => box.closest("details")).filter(Boolean))];
    // Each typed word must begin one of a category's: its name's, its code's, an alias's or an everyday word's.
    const split = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const rows = boxes.map((box) => ({
      row: box.closest("li, .choice, .chip, label"),
      group: box.closest("details"),
      text: ` ${split(`${textOf(box)} ${box.value} ${box.dataset.names ?? ""}`).join(" ")}`,
    }));
    const before = new Map();
    const show = () => {
      const words = split(input.value).map((word) => word.replace(/(?<=...)s$/, ""));
      for (const group of groups) if (words.length && !before.has(group)) before.set(group, group.open);
      for (const { row, text } of rows) row.hidden = !words.every((word) => text.includes(` ${word}`) || (/\p{Lo}/u.test(word) && text.includes(word)));
      for (const group of groups) {
        const found = rows.some((each) => each.group === group && !each.row.hidden);
        group.hidden = !found;
        group.open = words.length ? found : before.get(group) ?? group.open;
      }
      if (!words.length) before.clear();
      const none = document.getElementById("category-filter-none");
      if (none) none.hidden = groups.some((group) => !group.hidden);
    };
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    // Without a script the server looks.
    input.removeAttribute("name");
    show();
  };

  const chosenChips = (list, boxes) => {
    const draw = () => {
      const chosen = boxes.filter((box) => box.checked);
      list.replaceChildren(...chosen.map((box) => chip(box)));
      list.hidden = !chosen.length;
    };
    const chip = (box) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = `${box.value} ×`;
      button.setAttribute("aria-label", `${list.dataset.remove ?? "Remove"} ${textOf(box).trim().replace(/\s+/g, " ")}`);
      button.addEventListener("click", () => {
        box.checked = false;
        box.dispatchEvent(new Event("change", { bubbles: true }));
        (list.querySelector("button") ?? document.getElementById("category-filter"))?.focus();
      });
      item.append(button);
      return item;
    };
    for (const box of boxes) box.addEventListener("change", draw);
    draw();
    // The chips show what is chosen, so the long groups may stay closed.
    for (const box of boxes) box.closest("details")?.removeAttribute("open");
  };

  // --- the live preview -------------------------------------------------------------------------------------------
  const PAUSE = 250;
  const FIELDS = ["categories", "presets", "filters", "likes"];

  // What is wrong with a filter stands at its field, and nowhere else.
  const moveMistakes = (target) => {
    const place = document.getElementById("filters-error");
    const found = target.querySelector("[data-mistakes]");
    if (!place) return;
    place.removeAttribute("role");
    place.replaceChildren(...(found?.querySelectorAll("p, pre") ?? []));
    place.hidden = !place.children.length;
    found?.remove();
    document.getElementById("filters")?.setAttribute("aria-invalid", String(place.children.length > 0));
  };

  // So does what may be meant otherwise, with the buttons that mend it.
  const moveHints = (target) => {
    const found = target.querySelector("[data-hints]");
    document.getElementById("filters-hints")?.replaceChildren(...(found?.children ?? []));
    found?.remove();
  };

  // An address cannot hold much text, a POST can; neither changes anything.
  const LONGEST_ADDRESS = 3000;
  const ask = (address, wanted, form, signal) => {
    if (`${wanted}`.length < LONGEST_ADDRESS) return fetch(`${address}?${wanted}`, { signal });
    wanted.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return fetch(address, { method: "POST", body: wanted, signal });
  };

  // How many papers it would be stands beside the address.
  const moveCount = (target) => {
    const found = target.querySelector("[data-status]");
    document.querySelector("[data-count]")?.replaceChildren(...(found?.childNodes ?? []));
    found?.remove();
  };

  // Keywords to add: a press adds a line.
  const moveSuggestions = (target) => {
    const place = document.getElementById("suggestions");
    const found = target.querySelector("[data-suggestions]");
    if (!place) return;
    place.replaceChildren(...(found?.children ?? []));
    place.hidden = !place.children.length;
    found?.remove();
  };
  const addSuggestion = (event) => {
    const button = event.target.closest("button[name=add]");
    const filters = document.getElementById("filters");
    if (!button || !filters) return;
    event.preventDefault();
    filters.value = `${filters.value.trimEnd()}\n${button.value}`.trim();
    filters.dispatchEvent(new Event("input", { bubbles: true }));
    filters.focus();
  };

  const livePreview = (target) => {
    const form = target.closest("form") ?? document.querySelector("form[data-interests]");
    if (!form) return;
    let timer;
    let last = "";
    let running;
    const query = () => new URLSearchParams([...new FormData(form)].filter(([name, value]) => FIELDS.includes(name) && value.trim()));
    const refresh = async () => {
      const wanted = query();
      if (wanted.toString() === last) return;
      last = wanted.toString();
      running?.abort();
      running = new AbortController();
      wanted.set("fragment", "1");
      try {
        const answer = await ask(target.dataset.preview, wanted, form, running.signal);
        // 429 says when to look again.
        if (!answer.ok && answer.status !== 429) return;
        // Of the site's own making: titles and names are escaped there.
        target.innerHTML = await answer.text();
        moveMistakes(target);
        moveHints(target);
        moveCount(target);
        moveSuggestions(target);
      } catch (error) {
        if (error.name !== "AbortError") last = "";
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    form.addEventListener("click", addSuggestion);
    if (query().toString()) soon();
  };

  // --- addresses: pasted signs that nobody sees -------------------------------------------------------------------
  // Joiners are left to the server: in some scripts they belong to a domain.
  const INVISIBLE = /(?![\u200c\u200d])\p{Cf}|(?! )\p{Zs}|[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\uffa0\ufe00-\ufe0f]/gu;
  const tidyAddress = (field) => {
    const [input, hint] = [field.querySelector("input"), field.querySelector(".hint")];
    input.addEventListener("input", () => {
      const visible = input.value.replace(INVISIBLE, "");
      if (visible === input.value) return;
      input.value = visible;
      hint.hidden = false;
    });
  };

  // --- parts of a page that take longer to make ------------------------------------------------------------------
  const embed = async (target) => {
    const answer = await fetch(target.dataset.embed).catch(() => null);
    // Of the site's own making: titles and names are escaped there.
    if (answer?.ok) target.innerHTML = await answer.text();
  };

  detectTimeZone();
  all("[data-embed]").forEach(embed);
  all("[data-address]").forEach(tidyAddress);
  const boxes = all('input[type="checkbox"][name="categories"]');
  const filter = document.getElementById("category-filter");
  if (filter) filterCategories(filter, boxes);
  const chosen = document.getElementById("chosen-categories");
  if (chosen) chosenChips(chosen, boxes);
  all("[data-preview]").forEach(livePreview);
})();
