// Sends mails with Logto's published connector, unmodified. One JSON line per case on stdin:
// {config, message: {to, type, payload}, localizedTemplate?}; one JSON line per case on stdout, in the same
// order: {messageId} or {error: {code, message, issues?}}. `code` is null for what is no ConnectorError.
// The AWS SDK takes the endpoint from AWS_ENDPOINT_URL_SESV2.
import { createInterface } from "node:readline";

if (!process.env.AWS_ENDPOINT_URL_SESV2) {
  throw new Error("AWS_ENDPOINT_URL_SESV2 is not set. Without it mails would go to Amazon.");
}
const { default: createConnector } = await import("@logto/connector-aws-ses");

async function send({ config, message, localizedTemplate }) {
  const connector = await createConnector({
    getConfig: async () => config,
    getI18nEmailTemplate: async () => localizedTemplate,
  });
  try {
    return { messageId: await connector.sendMessage(message) };
  } catch (error) {
    const { code = null, data, message: text } = error;
    const issues = data?.issues?.map(({ path, message }) => ({ path, message }));
    return { error: { code, message: data?.message ?? text, ...(issues && { issues }) } };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await send(JSON.parse(line)))}\n`);
}
