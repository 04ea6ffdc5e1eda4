"""Weather forecasts: Open-Meteo, and OpenWeather's One Call. The weather is the same everywhere and follows from the hour."""
import math

from web import Answer

VARIABLES = {"temperature_2m": "°C", "apparent_temperature": "°C", "dew_point_2m": "°C", "relative_humidity_2m": "%", "cloud_cover": "%",
             "pressure_msl": "hPa", "surface_pressure": "hPa", "wind_speed_10m": "m/s", "wind_direction_10m": "°", "wind_gusts_10m": "m/s",
             "precipitation": "mm", "rain": "mm", "showers": "mm", "snowfall": "cm", "precipitation_probability": "%",
             "weather_code": "wmo code", "cape": "J/kg", "visibility": "m", "shortwave_radiation": "W/m²", "is_day": ""}


class Sky:
    def __init__(self, web, clock):
        self.clock = clock
        self.rain_mm = 0.0       # per hour
        self.skew_s = 0          # of the server's clock
        self.key = "key"         # of One Call
        web.route("/v1/forecast", "weather", self.forecast)
        web.route("/data/3.0/onecall", "onecall", self.one_call)

    def value(self, name, t_s, step_s):
        wave = math.sin(2 * math.pi * t_s / 86400)
        if name in ("precipitation", "rain"):
            return round(self.rain_mm * step_s / 3600, 2)
        return {"temperature_2m": round(24 + 5 * wave, 1), "apparent_temperature": round(23 + 5 * wave, 1), "dew_point_2m": 12.0,
                "relative_humidity_2m": 48, "cloud_cover": 80 if self.rain_mm else 20, "pressure_msl": 1013.2, "surface_pressure": 1009.4,
                "wind_speed_10m": round(2 + wave, 1), "wind_direction_10m": 200, "wind_gusts_10m": 5.1,
                "precipitation_probability": 90 if self.rain_mm else 5, "weather_code": 61 if self.rain_mm else 1, "cape": 100,
                "visibility": 24000, "shortwave_radiation": 400, "is_day": 1}.get(name, 0)

    def _block(self, answer, name, wanted, step_s, count, now_s):
        first = now_s // step_s * step_s
        times = [first + i * step_s for i in range(count)]
        answer[name + "_units"] = {"time": "unixtime", **{v: VARIABLES[v] for v in wanted}}
        answer[name] = {"time": times, **{v: [self.value(v, t, step_s) for t in times] for v in wanted}}

    async def forecast(self, request):
        asked = request.values()
        if "latitude" not in asked or "longitude" not in asked:
            return Answer(400, {"error": True, "reason": "Parameter 'latitude' and 'longitude' must have the same number of elements"})
        lists = {name: [v for v in asked.get(name, "").split(",") if v] for name in ("current", "minutely_15", "hourly")}
        for name in sum(lists.values(), []):
            if name not in VARIABLES:
                return Answer(400, {"error": True, "reason": "Cannot initialize from invalid String value %s." % name})
        now = self.clock.now_ms() // 1000 + self.skew_s
        answer = {"latitude": round(float(asked["latitude"]), 2), "longitude": round(float(asked["longitude"]), 2),
                  "generationtime_ms": 0.2, "utc_offset_seconds": 0, "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 162.0}
        if lists["current"]:
            answer["current_units"] = {"time": "unixtime", "interval": "seconds", **{v: VARIABLES[v] for v in lists["current"]}}
            answer["current"] = {"time": now // 900 * 900, "interval": 900, **{v: self.value(v, now, 900) for v in lists["current"]}}
        if lists["minutely_15"]:
            self._block(answer, "minutely_15", lists["minutely_15"], 900, int(asked.get("forecast_minutely_15", 96)), now)
        if lists["hourly"]:
            hours = asked.get("forecast_hours") or 24 * int(asked.get("forecast_days", 7))
            self._block(answer, "hourly", lists["hourly"], 3600, int(hours), now)
        return Answer(200, answer)

    async def one_call(self, request):
        asked = request.values()
        if asked.get("appid") != self.key:
            return Answer(401, {"cod": 401, "message": "Invalid API key."})
        now = self.clock.now_ms() // 1000

        def at(t, step_s):
            rain = {"rain": {"1h": self.rain_mm}} if self.rain_mm else {}
            sky = [{"id": 800, "main": "Clear", "description": "clear sky", "icon": "01d"}]
            return {"dt": t, "temp": self.value("temperature_2m", t, step_s), "pressure": 1013, "humidity": 48, "clouds": 20,
                    "wind_speed": 2.1, "wind_deg": 200, "weather": sky, **rain}

        answer = {"lat": float(asked.get("lat", 0)), "lon": float(asked.get("lon", 0)), "timezone": "Etc/UTC", "timezone_offset": 0,
                  "current": at(now, 3600), "minutely": [{"dt": now // 60 * 60 + 60 * i, "precipitation": self.rain_mm} for i in range(60)],
                  "hourly": [{**at(now // 3600 * 3600 + 3600 * i, 3600), "pop": 0.9 if self.rain_mm else 0.05} for i in range(48)]}
        for name in asked.get("exclude", "").split(","):
            answer.pop(name, None)
        return Answer(200, answer)
