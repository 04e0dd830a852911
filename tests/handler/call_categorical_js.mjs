// Calls functions of categorical.js: one JSON request a line on stdin, one JSON answer on stdout.
import { createInterface } from 'node:readline';

const module = await import(process.argv[2]);

// What JSON cannot say comes as {"$": its type, "value": ...}.
const REVIVE = {
  bigint: BigInt,
  number: Number,
  undefined: () => undefined,
  map: (pairs) => new Map(pairs),
  set: (items) => new Set(items),
  bytes: (items) => Uint8Array.from(items),
};
const revive = (key, item) => (item !== null && item?.$ ? REVIVE[item.$](item.value) : item);

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...args] = JSON.parse(line, revive);
  let answer;
  try {
    answer = { returned: module[name](...args) };
  } catch (error) {
    answer = { thrown: error.constructor.name, message: error.message };
  }
  console.log(JSON.stringify(answer));
}
