// The inputs of Adaptive Cards. Each becomes {element, id, read, problem}:
// problem says what is wrong with the value, or "".
import { h, list, text } from "./dom.js";

const makers = {
  __proto__: null,
  "Input.Text": textInput,
  "Input.Number": (e) => field(e, h("input", { type: "number", min: text(e.min), max: text(e.max), step: "any" }), (c) => (c.value === "" ? "" : c.valueAsNumber)),
  "Input.Date": (e) => field(e, h("input", { type: "date", min: text(e.min), max: text(e.max) })),
  "Input.Time": (e) => field(e, h("input", { type: "time", min: text(e.min), max: text(e.max) })),
  "Input.Toggle": toggle,
  "Input.ChoiceSet": (e) => (e.isMultiSelect === true || e.style === "expanded" ? choices(e) : select(e)),
};

// input returns undefined for elements that are no inputs.
export const input = (e) => makers[e.type]?.(e);

const star = () => h("span", { "aria-hidden": "true" }, " *");

function textInput(e) {
  const props = { placeholder: text(e.placeholder), maxlength: e.maxLength > 0 ? e.maxLength : "" };
  if (e.isMultiline === true) return field(e, h("textarea", { ...props, rows: "3" }));
  const type = { __proto__: null, Email: "email", email: "email", Tel: "tel", tel: "tel", Url: "url", url: "url", Password: "password", password: "password" };
  return field(e, h("input", { ...props, type: type[e.style] ?? "text", pattern: text(e.regex), autocomplete: "off" }));
}

function select(e) {
  const none = h("option", null, text(e.placeholder) || "Choose…");
  none.value = "";
  return field(e, h("select", null, none, list(e.choices).map((c) => h("option", { value: text(c.value) }, text(c.title)))));
}

// field puts a label above one control.
function field(e, control, read = (c) => c.value) {
  control.value = text(e.value);
  control.required = e.isRequired === true;
  const trouble = h("span", { class: "trouble" });
  const label = text(e.label);
  if (!label) control.setAttribute("aria-label", text(e.placeholder) || text(e.id) || "Input");
  const element = h("div", { class: "input" },
    h("label", { class: "input" }, label && h("span", { class: "label" }, label, control.required && star()), control),
    trouble);
  return finish(e, element, [control], () => read(control), () => control.validationMessage, trouble);
}

function toggle(e) {
  const [on, off] = [text(e.valueOn) || "true", text(e.valueOff) || "false"];
  const control = h("input", { type: "checkbox" });
  control.checked = text(e.value) === on;
  control.required = e.isRequired === true;
  const trouble = h("span", { class: "trouble" });
  const element = h("div", { class: "input" },
    text(e.label) && h("span", { class: "label" }, text(e.label), control.required && star()),
    h("label", { class: "choice" }, control, h("span", null, text(e.title) || text(e.label) || text(e.id))),
    trouble);
  return finish(e, element, [control], () => (control.checked ? on : off), () => control.validationMessage, trouble);
}

let groups = 0;

// choices are radio buttons, or checkboxes whose values are joined by commas.
function choices(e) {
  const many = e.isMultiSelect === true;
  const name = `choices-${++groups}`;
  const chosen = text(e.value).split(many ? "," : "\0");
  const controls = list(e.choices).map((c) => {
    const control = h("input", { type: many ? "checkbox" : "radio", name, value: text(c.value) });
    control.checked = chosen.includes(text(c.value));
    return control;
  });
  const trouble = h("span", { class: "trouble" });
  const element = h("fieldset", { class: "input" },
    h("legend", { class: "label" }, text(e.label) || text(e.placeholder) || "Choose", e.isRequired === true && star()),
    list(e.choices).map((c, i) => h("label", { class: "choice" }, controls[i], h("span", null, text(c.title)))),
    trouble);
  const read = () => controls.filter((c) => c.checked).map((c) => c.value).join(",");
  return finish(e, element, controls, read, () => (e.isRequired === true && !read() ? "Please choose." : ""), trouble);
}

let troubles = 0;

// finish ties the words about what is wrong to the controls. What cannot be
// seen cannot be wrong.
function finish(e, element, controls, read, wrong, trouble) {
  trouble.id = `trouble-${++troubles}`;
  const seen = () => controls.length > 0 && controls[0].checkVisibility();
  const problem = () => {
    const message = seen() ? wrong() : "";
    trouble.textContent = message && (text(e.errorMessage) || message);
    for (const c of controls) {
      if (message) c.setAttribute("aria-invalid", "true");
      else c.removeAttribute("aria-invalid");
      if (message) c.setAttribute("aria-describedby", trouble.id);
      else c.removeAttribute("aria-describedby");
    }
    return message;
  };
  element.addEventListener("change", () => trouble.textContent && problem());
  return { element, id: text(e.id), read, problem, focus: () => controls[0]?.focus() };
}
