// Calls AWS with the JavaScript SDK v3, for tests/test_practice_clients.py. One JSON line per call on stdin:
// {module, operation, parameters, credentials?, pages?}; one JSON line per answer on stdout, before the next
// call is read: {result}, {pages: [...]} or {error: {name, message, status, requestId, fault, instance}}.
// instance: whether the error is of the class that the SDK has for its name.
// Endpoint, Region and key come from the environment, as `sesutil practice` prints it.
import { createInterface } from "node:readline";

if (!process.env.AWS_ENDPOINT_URL) {
  throw new Error("AWS_ENDPOINT_URL is not set. Without it the calls would go to Amazon.");
}

// What JSON has no type for, by name: the source of a message is bytes, a date is a Date.
const revive = (name, value) => {
  if (name === "Raw" || name === "RawMessage") return { Data: Buffer.from(value.Data, "utf8") };
  return name === "StartDate" || name === "EndDate" ? new Date(value) : value;
};

const clients = new Map();

async function clientOf(module, credentials) {
  const key = JSON.stringify([module, credentials]);
  if (!clients.has(key)) {
    const sdk = await import(module);
    const Client = sdk.SESv2Client ?? sdk.SESClient;
    clients.set(key, { sdk, client: new Client(credentials ? { credentials } : {}) });
  }
  return clients.get(key);
}

const withoutMetadata = ({ $metadata, ...result }) => result;

async function call({ module, operation, parameters, credentials, pages }) {
  const { sdk, client } = await clientOf(module, credentials);
  try {
    if (!pages) {
      const answer = await client.send(new sdk[`${operation}Command`](parameters));
      return { result: withoutMetadata(answer) };
    }
    const found = [];
    for await (const page of sdk[`paginate${operation}`]({ client }, parameters)) {
      found.push(withoutMetadata(page));
    }
    return { pages: found };
  } catch (error) {
    const { name, message, $metadata: { httpStatusCode: status, requestId } = {}, $fault: fault } = error;
    const Expected = sdk[name] ?? sdk.SESv2ServiceException ?? sdk.SESServiceException;
    return { error: { name, message, status, requestId, fault, instance: error instanceof Expected } };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await call(JSON.parse(line, revive)))}\n`);
}
