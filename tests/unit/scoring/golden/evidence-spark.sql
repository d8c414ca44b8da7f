-- The evidence of pact golden (content …): a row per lead, rule and act. For Spark SQL.
-- Points are hundredths of a point. It reads two tables; where a fact is unknown or blank stands NULL:
--
--   CREATE TABLE lead (
--     lead BIGINT,  -- the lead's number, any
--     fact_city STRING,  -- city: NFKC, case-folded, trimmed
--     fact_country STRING,  -- country: NFKC, case-folded, trimmed
--     fact_email STRING,  -- email: NFKC, case-folded, trimmed
--     domains_email_domain STRING,  -- email domain: its domain and all above it, a blank around each: ' mail.acme.example acme.example example '
--     fact_email_opt_out BIGINT,  -- email opt out: 1 or 0
--     fact_employees BIGINT,  -- employees: a whole number
--     fact_is_free_mail BIGINT,  -- is free mail: 1 or 0
--     fact_phone STRING,  -- phone: NFKC, case-folded, trimmed
--     fact_seats BIGINT,  -- seats: a whole number
--     words_title STRING  -- title: its words case-folded, a blank around each: ' vp of sales '
--   );
--   CREATE TABLE signal (
--     lead BIGINT,  -- the lead's number in `lead`
--     signal STRING,  -- the act's id; an act seen twice stands here once
--     name STRING,  -- what was done, by the pact's name of it
--     asset STRING,  -- what it was about, such as one e-mail sequence; '' where nothing
--     day BIGINT,  -- number of its day (UTC), counted from any day
--     age BIGINT  -- whole days of 24 hours from the act to the instant asked for, 0 or more
--   );
--
-- No act in `signal` is later than the instant asked for, or older than the lead's present episode.
-- `leadpact pact query --tables FOLDER` writes both from leadpact's state, as CSV.
-- `decay` in the query says what an act earns at each age, rule by rule.
--
-- It gives:
--   lead: the lead's number
--   rule: 0 = size (50 to 500 employees); 1 = senior (Senior, and not a student); 2 = home (At home in O'Brien's town); 3 = seats (More seats than before); 4 = unasked (Phone known); 5 = visit (Visited); 6 = series (Three of one sequence); 7 = left (Unsubscribed); 8 = in_a_row (Opened two mails in a row); 9 = both (Asked for prices and a demo); 10 = either_day (Saw both, any time); 11 = back (Came back within 3 days); 12 = competitor (Works for a competitor); 13 = no_mail (No address); 14 = business (A business address); 15 = ten_seats (10 to 90 seats); 16 = staff (At least 5 employees); 17 = few (At most 900 employees); 18 = asked (Asked for a demo); 19 = tried (Three logins); 20 = clicked (Clicked twice)
--   signal: the act that earned it; '' where a fact did
--   points: what it gives; 0 or 1 for what is no rule of points and holds
WITH decay AS (
  SELECT * FROM VALUES (5, 0, 800), (5, 1, 566), (5, 2, 400), (5, 3, 283), (6, 0, 1000), (6, 1, 1000),
  (6, 2, 1000), (7, 0, 400), (7, 1, 400), (8, 0, 300), (8, 1, 300), (8, 2, 300), (8, 3, 300), (9, 0, 600),
  (9, 1, 600), (9, 2, 600), (9, 3, 600), (10, 0, 200), (11, 0, 700), (11, 1, 700), (11, 2, 700), (11, 3, 700),
  (18, 0, 1), (18, 1, 1), (18, 2, 1), (18, 3, 1), (19, 0, 1), (19, 1, 1), (20, 0, 1), (20, 1, 1), (20, 2, 1),
  (20, 3, 1) AS d(rule, age, points)
)
SELECT
  e.lead,
  e.rule,
  e.signal,
  e.points
FROM (
  SELECT
    lead,
    0 AS rule,
    '' AS signal,
    1500 AS points
  FROM lead
  WHERE
    fact_employees >= 50 AND fact_employees <= 500
  UNION ALL
  SELECT
    lead,
    1 AS rule,
    '' AS signal,
    2050 AS points
  FROM lead
  WHERE
    (
      LOCATE(' führung ', words_title) > 0
      OR LOCATE(' vice president ', words_title) > 0
      OR LOCATE(' vp ', words_title) > 0
    )
    AND NOT (
      LOCATE(' student ', words_title) > 0
    )
  UNION ALL
  SELECT
    lead,
    2 AS rule,
    '' AS signal,
    500 AS points
  FROM lead
  WHERE
    fact_city IN ('o\'brien\\town')
    OR SUBSTRING(fact_city, 1, 5) = '100%_'
    OR fact_country IN ('deutschland', 'österreich')
  UNION ALL
  SELECT
    lead,
    3 AS rule,
    '' AS signal,
    -725 AS points
  FROM lead
  WHERE
    fact_seats > -3 AND NOT (
      fact_email_opt_out IN (1)
    )
  UNION ALL
  SELECT
    lead,
    4 AS rule,
    '' AS signal,
    100 AS points
  FROM lead
  WHERE
    NOT fact_phone IS NULL
  UNION ALL
  SELECT
    lead,
    12 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    LOCATE(' contender.example ', domains_email_domain) > 0
    OR LOCATE(' rival.example ', domains_email_domain) > 0
  UNION ALL
  SELECT
    lead,
    13 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    NOT (
      NOT fact_email IS NULL
    )
  UNION ALL
  SELECT
    lead,
    14 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    fact_is_free_mail IN (0)
  UNION ALL
  SELECT
    lead,
    15 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    fact_seats >= 10 AND fact_seats <= 90
  UNION ALL
  SELECT
    lead,
    16 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    fact_employees >= 5
  UNION ALL
  SELECT
    lead,
    17 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    fact_employees <= 900
  UNION ALL
  SELECT
    r.lead,
    r.rule,
    r.signal,
    (
      LEAST(r.upto, r.cap) - LEAST((
        r.upto - r.points
      ), r.cap)
    ) * r.sign AS points
  FROM (
    SELECT
      h.lead,
      h.rule,
      h.signal,
      h.cap,
      h.sign,
      d.points,
      SUM(d.points) OVER (
        PARTITION BY h.lead, h.rule
        ORDER BY h.day, h.signal
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS upto
    FROM (
      SELECT
        lead,
        signal,
        day,
        age,
        CASE
          WHEN name IN ('demo_page', 'pricing_page')
          THEN 5
          WHEN name IN ('unsubscribed')
          THEN 7
          ELSE 18
        END AS rule,
        CASE
          WHEN name IN ('demo_page', 'pricing_page')
          THEN 2000
          WHEN name IN ('unsubscribed')
          THEN 400
          ELSE 1
        END AS cap,
        CASE
          WHEN name IN ('demo_page', 'pricing_page')
          THEN 1
          WHEN name IN ('unsubscribed')
          THEN -1
          ELSE 1
        END AS sign
      FROM signal
      WHERE
        name IN ('demo_page', 'demo_request', 'pricing_page', 'unsubscribed')
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        6 AS rule,
        1000 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          LAG(day, 2) OVER (PARTITION BY lead, asset ORDER BY day, signal) AS nth
        FROM signal
        WHERE
          name IN ('email_opened')
      ) AS n
      WHERE
        day - nth <= 2
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        8 AS rule,
        300 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          LAG(day, 1) OVER (PARTITION BY lead, asset, run ORDER BY day, signal) AS nth
        FROM (
          SELECT
            lead,
            signal,
            day,
            age,
            name,
            asset,
            SUM(CASE WHEN name IN ('sequence_email_unopened') THEN 1 ELSE 0 END) OVER (
              PARTITION BY lead, asset
              ORDER BY day, signal
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS run
          FROM signal
          WHERE
            name IN ('sequence_email_opened', 'sequence_email_unopened')
        ) AS s
        WHERE
          name IN ('sequence_email_opened')
      ) AS n
      WHERE
        NOT nth IS NULL
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        9 AS rule,
        600 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          MAX(CASE WHEN name = 'demo_page' THEN day END) OVER (
            PARTITION BY lead, asset
            ORDER BY day, signal
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS last_0,
          MAX(CASE WHEN name = 'pricing_page' THEN day END) OVER (
            PARTITION BY lead, asset
            ORDER BY day, signal
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS last_1
        FROM signal
        WHERE
          name IN ('demo_page', 'pricing_page')
      ) AS n
      WHERE
        day - last_0 <= 3 AND day - last_1 <= 3
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        10 AS rule,
        200 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          MAX(CASE WHEN name = 'pricing_page' THEN day END) OVER (
            PARTITION BY lead
            ORDER BY day, signal
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS last_0,
          MAX(CASE WHEN name = 'webinar' THEN day END) OVER (
            PARTITION BY lead
            ORDER BY day, signal
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS last_1
        FROM signal
        WHERE
          name IN ('pricing_page', 'webinar')
      ) AS n
      WHERE
        NOT last_0 IS NULL AND NOT last_1 IS NULL
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        11 AS rule,
        700 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          MIN(day) OVER (PARTITION BY lead) AS first_day
        FROM signal
        WHERE
          name IN ('site_visit')
      ) AS n
      WHERE
        day > first_day AND day - first_day <= 3
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        19 AS rule,
        1 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          LAG(day, 2) OVER (PARTITION BY lead ORDER BY day, signal) AS nth
        FROM signal
        WHERE
          name IN ('login')
      ) AS n
      WHERE
        NOT nth IS NULL
      UNION ALL
      SELECT
        lead,
        signal,
        day,
        age,
        20 AS rule,
        1 AS cap,
        1 AS sign
      FROM (
        SELECT
          lead,
          signal,
          day,
          age,
          LAG(day, 1) OVER (PARTITION BY lead, asset ORDER BY day, signal) AS nth
        FROM signal
        WHERE
          name IN ('sequence_email_clicked')
      ) AS n
      WHERE
        day - nth <= 3
    ) AS h
    JOIN decay AS d
      ON d.rule = h.rule AND d.age = h.age
  ) AS r
  WHERE
    (
      r.upto - r.points
    ) < r.cap
) AS e;
