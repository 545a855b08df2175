"""Expressions as dashboards and recording rules have them, and those at which an engine is likely to err."""

from __future__ import annotations

SELECTORS = """
temperature
temperature{site="north"}
temperature{site!="north",room=~"a|b"}
temperature{room!~"a|c"}
{__name__=~"temp.*|wanted"}
{__name__="temperature",room="a"}
temperature{missing=""}
temperature{site=~"n.*"} offset 10m
temperature offset -5m
temperature @ 1700001000
temperature @ start()
temperature @ end() offset 3m
temperature offset 1m @ 1700002000.5
seldom
requests_total
requests_total{code=~"5.."}
build
nothing
state{note=~"a .b.(?s:.*)"}
odd
"""

RATES = """
rate(requests_total[5m])
rate(requests_total[1m])
rate(requests_total[30s])
rate(requests_total[47s])
rate(requests_total[1h] offset 5m)
rate(requests_total[5m] @ 1700003000)
increase(requests_total[10m])
increase(requests_total{job="web"}[3m])
delta(temperature[10m])
delta(temperature[1m] offset -1m)
irate(requests_total[5m])
idelta(temperature[5m])
deriv(temperature[10m])
deriv(clock[10m])
deriv(constant[10m])
predict_linear(temperature[10m], 600)
predict_linear(temperature{room="a"}[5m] offset 2m, scalar(wanted{site="north"}))
resets(requests_total[20m])
changes(wanted[10m])
changes(odd[10m])
resets(odd[10m])
rate(odd{kind="finite"}[10m])
sum(rate(requests_total[5m]))
sum by (job) (rate(requests_total[5m]))
sum by (job, code) (increase(requests_total[5m]))
sum without (instance) (rate(requests_total[2m]))
"""

OVER_TIME = """
avg_over_time(temperature[10m])
min_over_time(temperature[10m])
max_over_time(temperature[1m])
sum_over_time(temperature[10m])
count_over_time(temperature[10m])
count_over_time(requests_total[15s])
last_over_time(temperature[10m])
stddev_over_time(temperature[10m])
stdvar_over_time(temperature[10m])
quantile_over_time(0.9, temperature[10m])
quantile_over_time(0.5, odd[10m])
quantile_over_time(2, temperature[10m])
quantile_over_time(-1, temperature[10m])
quantile_over_time(NaN, temperature[10m])
present_over_time(build[5m])
absent_over_time(build{version="1"}[5m])
absent_over_time(nothing{a="b",c=~"d"}[5m])
absent_over_time(temperature[5m])
min_over_time(odd[5m])
max_over_time(odd[5m])
avg_over_time(odd[2m])
sum_over_time(odd[1m])
stddev_over_time(odd{kind="mixed"}[2m])
last_over_time(seldom[10m])
"""

SUBQUERIES = """
max_over_time(rate(requests_total[5m])[30m:1m])
avg_over_time(temperature[10m:])
avg_over_time(temperature[10m:30s] offset 2m)
max_over_time(sum by (site) (temperature)[20m:90s])
rate(sum by (job) (requests_total)[10m:1m])
min_over_time(temperature[10m:17s] @ 1700003000)
count_over_time((temperature > 20)[10m:1m])
sum_over_time(vector(1)[10m:1m])
max_over_time(vector(time())[10m:1m])
avg_over_time(max_over_time(temperature[3m:1m])[10m:2m])
quantile_over_time(0.5, (temperature * 2)[10m:1m])
absent_over_time(nothing[10m:1m])
deriv(temperature[10m:1m])
last_over_time(build[20m:1m])
"""

AGGREGATIONS = """
sum(temperature)
sum(temperature) by (site)
avg by (room) (temperature)
min without (room) (temperature)
max(temperature) without (site, room)
count(requests_total) by (job, nothing)
stddev by (site) (temperature)
stdvar(temperature)
group by (job) (requests_total)
topk(2, temperature)
topk by (site) (1, temperature)
bottomk(2, temperature)
bottomk without (room) (1, temperature)
topk(scalar(wanted{site="north"}) - 19, temperature)
topk(0, temperature)
topk(3, odd)
bottomk(3, odd)
quantile(0.5, temperature)
quantile by (site) (0.9, temperature)
quantile(0.25, odd)
quantile(NaN, temperature)
count_values("degrees", wanted)
count_values by (site) ("version", build)
count_values without (site) ("site", wanted)
count_values("value", odd)
sum(odd)
avg(odd)
min(odd)
max(odd)
stddev(odd)
count(nothing)
sum by (__name__) ({__name__=~"temperature|wanted"})
sum(requests_total) by (code) / ignoring(code) group_left() sum(requests_total)
"""

OPERATORS = """
1 + 2 * 3 ^ 2 ^ 0.5 - 4 % 3
-2 ^ 2
2 ^ -1
-temperature
-temperature ^ 2
temperature + 1
1 - temperature
temperature * 2 / 3
temperature % 7
-7 % temperature
temperature ^ 0.5
2 ^ temperature
temperature / 0
0 / (temperature - temperature)
temperature > 20
20 < temperature
20 >= bool temperature
temperature == bool temperature
temperature != temperature
temperature > bool 20
1 > bool 2
1 == bool 1
odd > 0
odd == odd
odd != odd
odd * 0
odd ^ 0.5
odd % 2
temperature - on(site) group_left wanted
temperature > on(site) group_left() wanted
wanted - on(site) group_right temperature
temperature * on(site) group_left(country, tier) site_info
temperature * on(site) group_left(version) build
wanted / ignoring(country, tier) site_info
wanted / on(site) site_info
wanted == bool on(site) wanted
wanted + wanted
temperature + temperature offset 5m
latency_seconds_sum / latency_seconds_count
rate(latency_seconds_sum[5m]) / rate(latency_seconds_count[5m])
temperature and temperature > 20
temperature and on(site) build
temperature unless temperature > 20
temperature unless on(room) temperature{site="north"}
temperature or wanted
temperature > 25 or wanted
temperature{room="a"} or on(site) temperature
build or on(site) wanted
nothing or vector(0)
temperature and nothing
nothing unless temperature
sum(requests_total{code="500"}) or vector(0) > 0
build * on(site) wanted
time() - clock
clock == time()
temperature > bool on(site) group_left wanted
"""

FUNCTIONS = """
abs(temperature)
ceil(temperature)
floor(temperature)
round(temperature)
round(temperature, 0.1)
round(temperature, 5)
round(temperature, 0)
exp(temperature)
ln(temperature)
log2(temperature)
log10(abs(temperature))
sqrt(temperature)
sgn(temperature)
clamp(temperature, 0, 20)
clamp(temperature, 20, 0)
clamp_min(temperature, 10)
clamp_max(temperature, scalar(wanted{site="north"}))
scalar(constant)
scalar(temperature)
vector(time())
time()
timestamp(temperature)
timestamp(temperature offset 5m)
timestamp(temperature @ 1700001000)
timestamp(temperature * 1)
sort(temperature)
sort_desc(temperature)
sort(odd)
sort_desc(odd)
absent(nothing)
absent(nothing{a="b",c!="d",e="f",e="g"})
absent(temperature)
absent(build{version="1"})
absent(sum(nothing))
minute()
hour(clock)
day_of_week()
day_of_month()
day_of_year()
month(clock)
year()
days_in_month(clock)
year(vector(-1e9))
month(temperature * 1e8)
label_replace(temperature, "where", "$1-$2", "site", "(no|so)(.*)")
label_replace(temperature, "room", "", "room", "a")
label_replace(temperature, "new", "${one}$$1", "site", "(?P<one>n).*")
label_replace(temperature, "site", "x$1y", "room", "nothing")
label_replace(temperature, "new", "a$9b${x}c${1", "site", "(.*)")
label_join(temperature, "place", "/", "site", "room", "missing")
label_join(temperature{room="a"}, "room", "")
histogram_quantile(0.9, latency_seconds_bucket)
histogram_quantile(0.5, rate(latency_seconds_bucket[5m]))
histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[10m])))
histogram_quantile(1.5, latency_seconds_bucket)
histogram_quantile(0, latency_seconds_bucket)
histogram_quantile(1, latency_seconds_bucket)
histogram_quantile(0.5, latency_seconds_bucket{le!="+Inf"})
histogram_quantile(0.5, temperature)
ceil(odd)
floor(odd)
round(odd)
exp(odd)
ln(odd)
sgn(odd)
abs(odd)
clamp(odd, -1, 1)
"""

# Over a range Prometheus 2.42 moves these windows with the instant, though `@` holds them still.
ONLY_AT_INSTANTS = """
predict_linear(temperature[10m] @ 1700001000, 60)
predict_linear(temperature[10m] @ end(), 60) + time()
temperature[2m]
requests_total{job="web"}[1m] offset 5m
sum by (site) (temperature)[5m:1m]
odd[1m] @ 1700001000
"a string"
"""

REFUSED = """
temperature + on(site) wanted
wanted + on(site) temperature
temperature + on(room) group_left temperature
rate({__name__=~"temperature|wanted|requests_total",site="north"}[5m]) + on(site) wanted
-{__name__=~"temperature|wanted",room=""} + 1 and {__name__=~".*"} - 1
label_replace(temperature, "room", "same", "site", ".*")
label_replace(temperature, "not-a-label", "same", "site", ".*")
label_replace(temperature, "room", "same", "site", "(")
count_values("not-a-label", wanted)
label_join(temperature, "a", "b", "not-a-label")
topk(1e30, temperature)
label_replace(temperature, "room", "", "site", "north")
label_join(temperature, "room", "")
sum(temperature
temperature[5m] + 1
rate(temperature)
1 > 2
temperature and 1
{}
{a=~".*"}
temperature{site=~"("}
unknown_function(temperature)
sum(temperature, wanted)
topk(temperature)
(temperature)[5m]
temperature offset 5m [5m]
temperature offset 5m offset 5m
temperature{__name__="x"}
temperature + group_left wanted
temperature + bool 1
temperature{site}
temperature and on(site) group_left wanted
temperature + on(site) group_left(site) wanted
"x" + 1
-"x"
temperature[0s]
max_over_time(time()[10m:1m])
temperature[5m1h]
"not ended
'\\q'
histogram_quantile(0.5)
temperature @ nan
bool
sum by (1) (temperature)
"""


def listed(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


ANSWERED = [
    each
    for text in (SELECTORS, RATES, OVER_TIME, SUBQUERIES, AGGREGATIONS, OPERATORS, FUNCTIONS)
    for each in listed(text)
]
