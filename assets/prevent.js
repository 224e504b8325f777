// Behaviour of the public pages. Every page works without it; it only makes things gentler.

import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  ExitThisPage,
  NotificationBanner,
  Radios,
  SkipLink,
  createAll,
} from "govuk-frontend";

// Screen readers announce a radio button's "expanded" state as nothing useful, and ARIA does not
// allow the state on that role; the revealed question simply comes next.
class QuietRadios extends Radios {
  syncConditionalRevealWithInputState(input) {
    super.syncConditionalRevealWithInputState(input);
    input.removeAttribute("aria-expanded");
  }
}

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  ExitThisPage,
  NotificationBanner,
  QuietRadios,
  SkipLink,
]) {
  createAll(component);
}

// Small screens stack the month's table, and some browsers then forget that it is one.
const ROLES = {
  TABLE: "table",
  THEAD: "rowgroup",
  TBODY: "rowgroup",
  TR: "row",
  TH: "columnheader",
  TD: "cell",
};
for (const part of document.querySelectorAll(".app-month, .app-month *")) {
  if (part.tagName in ROLES) {
    part.setAttribute("role", ROLES[part.tagName]);
  }
}

// A message that something was done does not come back when the page is loaded again.
const here = new URL(window.location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  window.history.replaceState(null, "", here);
}
