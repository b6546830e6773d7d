// html-validate's own rules, without those of style. Each exception has its reason.
module.exports = {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // Templates leave spaces where a condition did not hold; browsers do not show them.
    "no-trailing-whitespace": "off",
    "doctype-style": "off",
    // 490 time zones go without their end tags, as HTML allows.
    "no-implicit-close": "off",
    // A button without a type sends its form: all of ours do.
    "no-implicit-button-type": "off",
    // Boxes to tick share a name, as buttons do.
    "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "submit"] }],
    // Whatever ARIA lets have a name may have one, lists among it.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // The search in the header is one field, which the Enter key sends; the page it leads to has a button.
    "wcag/h32": "off",
  },
};
