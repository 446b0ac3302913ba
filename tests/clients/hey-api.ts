// Asks a running service through the client that @hey-api/openapi-ts makes of its document.
import { client } from "./hey/client.gen.js";
import { listSessions, participantSessions, receiveEvents, sessionEvents } from "./hey/sdk.gen.js";

const [url, key] = process.argv.slice(2);
client.setConfig({ baseUrl: url, auth: key });

const told = await receiveEvents({
  body: {
    events: [
      {
        id: "evt-hey",
        type: "participant.joined",
        time: "2024-01-15T09:05:30Z",
        roomId: "math-101",
        sessionId: "visit-hey",
        participant: { uid: "student-hey", role: "STUDENT" },
      },
    ],
  },
});
const report = await participantSessions({ body: { uid: "student-hey", startDate: "2024-01-15" } });
const exported = await participantSessions({
  body: { uid: "student-hey", startDate: "2024-01-15", export: "csv" },
  parseAs: "text",
});
const listed = await listSessions({ query: { uid: "student-hey", active: true, limit: 1 } });
const session = listed.data?.data.sessions[0];
const explained = await sessionEvents({ path: { session_id: session?.id ?? "" } });
const refused = await listSessions({ query: { limit: 101 } });

const answer = report.data;
console.log(
  JSON.stringify({
    event: told.data?.data.results[0]?.status,
    total: typeof answer === "object" ? answer.data.summary.totalSessions : null,
    csv: String(exported.data).split("\r\n")[0],
    joinedBy: session?.joinedBy,
    explainedBy: explained.data?.data.events.map((one) => one.eventId),
    refused: refused.error?.message,
  }),
);
