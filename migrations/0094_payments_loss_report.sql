-- Indexes of the daily loss report. Locks: share on payments.payment_order and payments.notification while they are built.
create index payment_order_paid on payments.payment_order (operator_id, paid_at) where state = 'paid';
create index notification_refused on payments.notification (operator_id, received_at) where verdict <> 'verified';
