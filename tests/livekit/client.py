"""A person in a room of a real LiveKit server, as a process that can be killed.

    python client.py URL TOKEN

Says `joined SID` when media flows, leaves when its standard input ends, and then says `left`; says
`disconnected REASON` when the server sends it away.
"""

import asyncio
import sys

from livekit import rtc


async def main(url: str, token: str) -> None:
    room = rtc.Room()
    sent_away: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @room.on("disconnected")
    def note_why(reason: rtc.DisconnectReason.ValueType) -> None:
        if not sent_away.done():
            sent_away.set_result(rtc.DisconnectReason.Name(reason))

    await room.connect(url, token)
    say("joined", room.local_participant.sid)
    told_to_leave = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait({told_to_leave, sent_away}, return_when="FIRST_COMPLETED")
    if sent_away.done():
        say("disconnected", sent_away.result())
    else:
        await room.disconnect()
        say("left")


def say(*words: str) -> None:
    print(*words, flush=True)  # noqa: T201 - this is how it tells its test


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
