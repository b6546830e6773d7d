// A mail is made for programs that know no style sheets, and Outlook none of HTML 5: tables and attributes lay it out.
const pages = require("./pages.cjs");

module.exports = {
  ...pages,
  rules: {
    ...pages.rules,
    "no-inline-style": "off",
    "no-deprecated-attr": "off",
    "prefer-tbody": "off",
    // Mail programs drop <main> and what it says; a role stays.
    "prefer-native-element": ["error", { exclude: ["main"] }],
  },
};
