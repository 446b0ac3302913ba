// Asks a running service through the types that openapi-typescript makes of its document.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [url, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { "VF-ORG-ID": key } });

const told = await client.POST("/v1/events", {
  body: {
    events: [
      {
        id: "evt-ts",
        type: "participant.joined",
        time: "2024-01-15T09:05:30Z",
        roomId: "math-101",
        sessionId: "visit-ts",
        participant: { uid: "student-ts", role: "STUDENT" },
      },
    ],
  },
});
const report = await client.POST("/v1/participant/sessions", {
  body: { uid: "student-ts", startDate: "2024-01-15" },
});
const exported = await client.POST("/v1/participant/sessions", {
  body: { uid: "student-ts", startDate: "2024-01-15", export: "csv" },
  parseAs: "text",
});
const listed = await client.GET("/v1/sessions", {
  params: { query: { uid: "student-ts", active: true, limit: 1 } },
});
const session = listed.data?.data.sessions[0];
const explained = await client.GET("/v1/sessions/{session_id}/events", {
  params: { path: { session_id: session?.id ?? "" } },
});
const refused = await client.GET("/v1/sessions", { params: { query: { limit: 101 } } });

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
