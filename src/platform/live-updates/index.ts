export { announce, announceNow, LIVE_TOPICS, type Announcement, type LiveTopic } from './announce.ts';
export { startLiveUpdates, type LiveListener, type LiveUpdates } from './hub.ts';
