"""What payloads are deflated with: words that platforms say again and again.

Stored payloads cannot be read without the very words that they were written with. So a number's words
never change: better ones get another number, and `number_for` gives that from then on.
"""

from collections.abc import Mapping

_OWN = 1
_LIVEKIT = 2
_OTHERS = 3

_OF_OWN = (
    '{"data":{"specversion":"1.0","source":"https://","datacontenttype":"application/json",'
    '"roomInstanceId":"","userAgent":"Mozilla/5.0 (","joinedAt":"2026-","type":"room.started"}'
    '"type":"room.finished"}{"id":"","ipAddress":"","participant":{"name":"","role":"MODERATOR",'
    '"role":"TEACHER","role":"STUDENT","uid":""},"roomId":"","roomTitle":"","sessionId":"",'
    '"time":"2026-T00:00Z","type":"participant.left"}"type":"participant.joined"}'
)

_OF_LIVEKIT = (
    '"disconnectReason":"DUPLICATE_IDENTITY""SERVER_SHUTDOWN""PARTICIPANT_REMOVED""ROOM_DELETED"'
    '"ROOM_CLOSED""STATE_MISMATCH""JOIN_FAILURE""MIGRATION""SIGNAL_CLOSE""CONNECTION_TIMEOUT"'
    '"kind":"SIP","kind":"AGENT","kind":"EGRESS","kind":"INGRESS","kindDetails":["CLOUD_AGENT"]'
    '"canPublishSources":["CAMERA","MICROPHONE"],"hidden":true,"recorder":true,"agent":true,'
    '"canUpdateMetadata":true,"canSubscribeMetrics":true,"region":"","tracks":[{"sid":"TR_"'
    '"track":{"sid":"TR_","type":"VIDEO","source":"SCREEN_SHARE","source":"CAMERA","mimeType":'
    '"video/VP8","width":1280,"height":720,"source":"MICROPHONE","mimeType":"audio/red","mid":"'
    '"layers":[{"quality":"MEDIUM","quality":"HIGH","ssrc":,"bitrate":"codecs":[{"muted":true,'
    '"simulcast":true,"stream":"camera","version":{"unixMicro":"","ticks":}'
    '{"event":"track_published","{"event":"track_unpublished","{"event":"room_started","'
    '{"event":"room_finished","{"event":"participant_connection_aborted","egressInfo":{'
    '"maxParticipants":"activeRecording":true,"attributes":{"lk.agent.state":"'
    '"metadata":"{\\"role\\":\\"","metadata":"{\\"title\\":\\"","metadata":"","attributes":{},'
    '{"event":"participant_left","room":{"sid":"RM_","name":"","emptyTimeout":300,"departureTimeout":20,'
    '"creationTime":"17","creationTimeMs":"17","turnPassword":"[redacted]","enabledCodecs":['
    '{"mime":"audio/PCMU"},{"mime":"audio/PCMA"},{"mime":"audio/opus"},{"mime":"audio/red"},'
    '{"mime":"video/VP8"},{"mime":"video/H264"},{"mime":"video/VP9"},{"mime":"video/AV1"},'
    '{"mime":"video/H265"},{"mime":"video/rtx"}],"metadata":"{\\"title\\": \\"","numParticipants":1,'
    '"numPublishers":1},"participant":{"sid":"PA_","identity":"","state":"DISCONNECTED",'
    '{"event":"participant_joined","room":{"sid":"RM_"},"participant":{"sid":"PA_","identity":"",'
    '"state":"ACTIVE","state":"JOINED","metadata":"","joinedAt":"17","joinedAtMs":"17","name":"",'
    '"version":3,"permission":{"canSubscribe":true,"canPublish":true,"canPublishData":true},'
    '"isPublisher":true,"attributes":{"role":"STUDENT","role":"TEACHER","ipAddress":""},'
    '"disconnectReason":"CLIENT_INITIATED","clientProtocol":1,"capabilities":['
    '"CAP_PACKET_TRAILER","CAP_COMPRESSION_DEFLATE_RAW"]},"id":"EV_","createdAt":"17"}'
)

_OF_OTHERS = (
    '"avatar":"https://cdn."moderator":"true","fqn":"vpaas-magic-cookie-"customerId":"'
    '"idempotencyKey":"PARTICIPANT_LEFT"eventType":"PARTICIPANT_JOINED"isBreakout":false'
    '"participantJid":"@8x8.vc","participantId":"","group":"","email":"'
    '{"version":"1.0.0","type":"participant.left","id":"ptcpt-left-"ptcpt-join-"payload":{"room":"'
    '"will_eject_at":17"owner":true,"permissions":{"hasPresence":true,"canSend":true,"canReceive":'
    '{"base":true},"canAdmin":false"duration":"event_ts":17'
    '{"version":"2.0","type":"peer.leave.success","peer.join.success"account_id":"","app_id":"",'
    '"timestamp":"2026-","data":{"room_id":"","room_name":"","session_id":"","template_id":"",'
    '"peer_id":"","role":"host","role":"guest","type":"regular","user_id":"","user_name":"",'
    '"user_data":"{}","joined_at":"2026-","left_at":"2026-","session_started_at":"2026-",'
    '"reason":"","message":""'
    '{"type":"call.session_participant_left","call.session_participant_joined","created_at":"2026-'
    '"call_cid":"default:","participant":{"user":{"id":"","name":"","image":"","custom":{},'
    '"language":"","role":"user","teams":[],"updated_at":"2026-","banned":false,"online":true,'
    '"invisible":false,"shadow_banned":false,"blocked_user_ids":[]},"user_session_id":"'
    '"duration_seconds":'
    '{"data":{"type":"event","id":"user-left","id":"user-joined","attributes":{"meeting":{'
    '"internal-meeting-id":"","external-meeting-id":""},"user":{"internal-user-id":"",'
    '"external-user-id":"","role":"VIEWER","role":"MODERATOR","presenter":false"event":{"ts":17'
    '{"event":"meeting.participant_left","{"event":"meeting.participant_joined","payload":{'
    '"account_id":"","object":{"id":"","uuid":"==","host_id":"","topic":"","type":2,'
    '"start_time":"2026-","timezone":"Europe/","duration":60,"participant":{"user_id":"16",'
    '"user_name":"","id":"","participant_uuid":"","email":"@","registrant_id":"",'
    '"participant_user_id":"","customer_key":"","phone_number":"","leave_time":"2026-'
    '"leave_reason":"left the meeting"join_time":"2026-"}}},"event_ts":17'
    '{"by":"","note":"","leftAt":"","void":true,"event":"rollbook.timed_out","event":"rollbook.'
)

WORDS: Mapping[int, bytes] = {
    _OWN: _OF_OWN.encode(),
    _LIVEKIT: _OF_LIVEKIT.encode(),
    _OTHERS: _OF_OTHERS.encode(),
}
"""By their numbers; 0 is none."""

_BEGINNINGS_OF_OWN = ('{"id":', '{"data":{')
_BEGINNINGS_OF_LIVEKIT = ('{"event":"participant_', '{"event":"room_', '{"event":"track_')


def number_for(payload: str) -> int:
    """The number of the words that suit a payload; it is only smaller with them, whatever it is."""
    if payload.startswith(_BEGINNINGS_OF_OWN):
        return _OWN
    return _LIVEKIT if payload.startswith(_BEGINNINGS_OF_LIVEKIT) else _OTHERS
