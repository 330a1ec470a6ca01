// What doiuse-email (https://github.com/shellscape/doiuse-email) finds, for tests/test_client_support.py.
// Standard input: {"clients": [...], "files": [HTML, ...]}. Standard output: {"table", "files"}.
// table: each program's verdict on the features that it supports, "y" or "a" (partly).
// files: for each file and program the features found, "n" or "a"; or {"error"} where doiuse-email gave up.
import { readFileSync } from 'node:fs';
import { DoIUseEmail, doIUseEmail } from '@jsx-email/doiuse-email';

const UNSUPPORTED = /^`(.+)` is not supported by `/;
const PARTIAL = /^`(.+)` is only partially supported by `/;

const supported = (client) =>
  Object.fromEntries(
    new DoIUseEmail({ emailClients: [client] })
      .getSupportedFeatures()
      .map(({ name, notes }) => [name.trim(), notes ? 'a' : 'y'])
  );

const check = (html, client) => {
  try {
    const { errors = [], warnings } = doIUseEmail(html, { emailClients: [client] });
    const found = (messages, pattern, verdict) =>
      messages.map((message) => [pattern.exec(message)[1].trim(), verdict]);
    return Object.fromEntries([...found(errors, UNSUPPORTED, 'n'), ...found(warnings, PARTIAL, 'a')]);
  } catch (error) {
    return { error: String(error.message) };
  }
};

const forAll = (clients, find) => Object.fromEntries(clients.map((client) => [client, find(client)]));

const { clients, files } = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(
  JSON.stringify({
    table: forAll(clients, supported),
    files: files.map((html) => forAll(clients, (client) => check(html, client)))
  })
);
