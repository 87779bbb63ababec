-- Locks: share on charging.session while the index is built. Sessions that nobody can place in time are few: they are looked for by their registers.
create index session_time_in_doubt on charging.session (operator_id, charge_point_id)
  where flag_causes && '{clock_not_set,time_in_future,time_unreadable,clock_skew,day_month_swapped,end_before_start}'::text[];
