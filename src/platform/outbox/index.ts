export { appendEvents, deliverAll, deliverBatch, DELIVERY_BATCH_MAX, EVENTS_PER_APPEND_MAX, type NewEvent, type OutboxEvent, type Subscriber } from './outbox.ts';
export { startDelivery } from './delivery-loop.ts';
