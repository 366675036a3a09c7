/* pip requirements for the editor: options, names, extras, versions, markers, hashes, comments. */
const MARKER = /^(?:python_version|python_full_version|os_name|sys_platform|platform_\w+|implementation_\w+|extra|and|or|in|not)\b/;

function token(stream, state) {
  if (stream.sol()) state.named = false;
  if (stream.eatSpace()) return null;
  if (stream.match(/^#.*/)) return "comment";
  if (stream.match(/^--?[A-Za-z][\w-]*/)) { state.named = true; return "keyword"; }
  if (stream.match(/^(?:https?|git\+\w+|file):\S+/)) return "url";
  if (stream.match(/^(?:===|[~=!<>]=|[<>])/)) return "operator";
  if (stream.match(/^"[^"]*"|^'[^']*'/)) return "string";
  if (state.named && stream.match(MARKER)) return "keyword";
  if (stream.match(/^[A-Za-z0-9][\w.!+*-]*/)) {
    if (state.named) return "number";
    state.named = true;
    return null;
  }
  stream.next();
  return null;
}

export const requirements = { name: "requirements", startState: () => ({ named: false }), token, languageData: { commentTokens: { line: "#" } } };
