/* Prints the licence of every package that went into the bundle; all of them ask that it goes along. */
import { existsSync, readFileSync, readdirSync } from "node:fs";

const packages = Object.keys(JSON.parse(readFileSync("package-lock.json", "utf8")).packages)
  .filter((path) => path && !path.includes("esbuild"));
for (const path of packages.filter(existsSync)) {
  const { name, version } = JSON.parse(readFileSync(`${path}/package.json`, "utf8"));
  const licence = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
  console.log(`${name} ${version}\n\n${licence ? readFileSync(`${path}/${licence}`, "utf8") : "No licence file."}\n`);
}
