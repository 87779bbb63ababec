-- Recovery takes the latest and the longest due by one index; that by age is not used. Locks: access exclusive on payments.payment_attempt for a moment.
drop index payments.payment_attempt_young;
