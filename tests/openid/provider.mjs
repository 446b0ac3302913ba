// A real provider of OpenID Connect for tests, on a free port of this machine. It says where it is on the first
// line, takes commands on its input, one a line, and says `done` after each:
//   groups GROUP...   everybody is in these from now on
//   rotate            sign with a new key from now on, and tell no other
//   spoil CLAIM JSON  sign tokens in which a claim is another one; `spoil` alone: no longer
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

// Its own notices are not for who waits for `done`.
console.info = console.warn = console.error;

const [callback, signedOut] = process.argv.slice(2);
let spoilt = {};
let groups = [];
let serve = (request, response) => response.writeHead(503).end();
const server = createServer((request, response) => serve(request, response));
server.listen(0, "127.0.0.1", async () => {
  await rotate();
  console.log(`http://127.0.0.1:${server.address().port}`);
});

async function rotate() {
  const kid = `key-${Math.random()}`;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid, use: "sig", alg: "RS256" };
  serve = provider(jwk, privateKey).callback();
}

function provider(jwk, key) {
  const made = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [
      {
        client_id: "rollbook",
        client_secret: "a secret & of tests",
        redirect_uris: [callback],
        post_logout_redirect_uris: [signedOut],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ["a key of tests"] },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    // Whoever signs in is who they say, by an e-mail address; it is not verified with `?` before it.
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: id.replace("?", ""),
        email_verified: !id.startsWith("?"),
        groups,
      }),
    }),
    // Nobody is asked whether Rollbook may know who they are.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  made.use(async (context, next) => {
    await next();
    if (context.path === "/token" && context.body?.id_token && Object.keys(spoilt).length) {
      const claims = { ...decodeJwt(context.body.id_token), ...spoilt };
      const header = { alg: "RS256", kid: jwk.kid };
      const token = await new SignJWT(claims).setProtectedHeader(header).sign(key);
      context.body = { ...context.body, id_token: token };
    }
  });
  return made;
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const [command, claim, ...value] = line.split(" ");
  if (command === "groups") groups = [claim, ...value];
  if (command === "rotate") await rotate();
  if (command === "spoil") spoilt = claim ? { [claim]: JSON.parse(value.join(" ")) } : {};
  console.log("done");
}).on("close", () => process.exit(0));
