-- Charging: what the planner assumes of tables that have never been analysed. Locks: none that block reading or writing, but for an instant on charging.bill (an index goes).
-- Plans are kept per connection, and one that is made while a table is empty is used until the table is analysed for the first time. Without statistics every
-- index that begins with the operator looks as good as the primary key, and a look-up or a foreign key's check then reads all of one operator's rows. Here
-- the planner is told what will be true: few operators, many rows each. The first analysis replaces it. Servers before 18 cannot be told, and do without.
do $$
declare
  target record;
begin
  if to_regproc('pg_catalog.pg_restore_attribute_stats') is null then return; end if;
  for target in
    select c.relname from pg_catalog.pg_class c
      where c.relnamespace = 'charging'::regnamespace and c.relkind = 'r'
        and exists (select 1 from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'operator_id' and not a.attisdropped)
        and not exists (select 1 from pg_catalog.pg_stats s where s.schemaname = 'charging' and s.tablename = c.relname)
  loop
    -- By name: a server that does not know the function would not parse its call.
    execute format('select pg_catalog.pg_restore_attribute_stats(''schemaname'', ''charging'', ''relname'', %L, ''attname'', ''operator_id'', ''inherited'', false,
      ''null_frac'', 0::real, ''avg_width'', 16, ''n_distinct'', 1::real)', target.relname);
  end loop;
end $$;

-- Nothing reads bills by the time they were recorded.
drop index charging.bill_by_record;
