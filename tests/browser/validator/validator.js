/* window.faultsOf(html): what a text of HTML, a page or a part of one, does that the standard forbids. */
import { HtmlValidate, StaticConfigLoader } from "html-validate/browser";

const validator = new HtmlValidate(new StaticConfigLoader({ root: true, extends: ["html-validate:standard"] }));

window.faultsOf = async (html) => {
  const { results } = await validator.validateString(html);
  return results.flatMap((one) => one.messages).map((fault) => `${fault.ruleId}, line ${fault.line}: ${fault.message}`);
};
