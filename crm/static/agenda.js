// The week as a calendar. The server's list of days is what it replaces; every event leads to a page with Bewerk.

const place = document.getElementById("agenda");
const words = place.dataset;
const said = document.getElementById("agenda-said");
const narrow = matchMedia("(max-width: 767px)");
const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

function say(text, look, link) {
  const box = document.createElement("div");
  box.className = `alert alert-${look}`;
  box.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "btn btn-sm ms-2";
    anchor.href = link;
    anchor.textContent = words.open;
    box.append(anchor);
  }
  said.replaceChildren(box);
}

async function send(event, confirmed) {
  const typed = new URLSearchParams({
    starts_at: event.start.toISOString(), ends_at: event.end.toISOString(), version: event.extendedProps.version, confirmed,
  });
  const answer = await fetch(event.extendedProps.move, { method: "POST", body: typed, headers: token });
  document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
  return [answer.ok, await answer.json()];
}

async function moved(info) {
  const { event, revert } = info;
  if (event.extendedProps.told && !confirm(words.told)) return revert();
  try {
    let [ok, result] = await send(event, "");
    if (!ok && result.remarks) {
      const reasons = result.remarks.map((remark) => remark.text).join("\n");
      if (!confirm(`${reasons}\n\n${words.anyway}`)) return revert();
      [ok, result] = await send(event, result.remarks.map((remark) => remark.key).join(","));
    }
    if (ok) {
      event.setExtendedProp("version", result.version);
      return say(result.message, "success", result.page);
    }
    revert();
    say(result.refusal ?? result.remarks.map((remark) => remark.text).join(" "), "danger");
  } catch {
    revert();
    say(words.failed, "danger");
  }
}

const hour = (text) => Number(text.slice(0, 2));
let shown = { from: 7, until: 21 };

// Nothing is hidden: the day grows with what is in it.
async function fetchEvents(range, done, failed) {
  try {
    const address = new URL(words.events, location.href);
    address.searchParams.set("start", range.start.toISOString());
    address.searchParams.set("end", range.end.toISOString());
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    const events = await answer.json();
    const timed = events.filter((event) => event.id && event.start.slice(0, 10) === event.end.slice(0, 10));
    const from = Math.min(7, ...timed.map((event) => hour(event.start.slice(11))));
    const until = Math.max(21, ...timed.map((event) => hour(event.end.slice(11)) + 1));
    if (from !== shown.from || until !== shown.until) {
      shown = { from, until };
      calendar.setOption("slotMinTime", `${from}:00`);
      calendar.setOption("slotMaxTime", `${until}:00`);
    }
    done(events);
  } catch (error) {
    say(words.failedToLoad, "danger");
    failed(error);
  }
}

function line(text, look) {
  const part = document.createElement("span");
  part.className = look;
  part.textContent = text;
  return part;
}

// Time, who, what and in which state: all in words, so that colour is not needed.
function content(info) {
  const { event } = info;
  const { subject, state } = event.extendedProps;
  const parts = [line([info.timeText, subject].filter(Boolean).join(" "), "agenda-who"), line(event.title, "agenda-what")];
  if (state) parts.push(line(state, "agenda-state"));
  return { domNodes: parts };
}

place.replaceChildren();
const wide = "timeGridWeek,timeGridDay,dayGridMonth";
const calendar = new FullCalendar.Calendar(place, {
  locale: document.documentElement.lang === "en" ? "en-gb" : "nl",
  timeZone: "Europe/Amsterdam",
  colorScheme: document.documentElement.dataset.bsTheme,
  initialView: narrow.matches ? "timeGridDay" : "timeGridWeek",
  initialDate: words.day,
  headerToolbar: narrow.matches
    ? { left: "prev,next today", right: "timeGridDay,listWeek" }
    : { left: "prev,next today", center: "title", right: `${wide},listWeek` },
  footerToolbar: false,
  height: "auto",
  firstDay: 1,
  weekNumbers: !narrow.matches,
  nowIndicator: true,
  eventColor: "#0b5cad",
  allDaySlot: true,
  slotMinTime: "07:00",
  slotMaxTime: "21:00",
  slotDuration: "00:30",
  views: { timeGridDay: { dayHeaderFormat: { weekday: "long", day: "numeric", month: "long" } } },
  businessHours: [
    { daysOfWeek: [1, 2, 3, 4, 5], startTime: words.opens, endTime: words.lunchFrom },
    { daysOfWeek: [1, 2, 3, 4, 5], startTime: words.lunchUntil, endTime: words.closes },
  ],
  eventTimeFormat: { hour: "2-digit", minute: "2-digit" },
  events: fetchEvents,
  eventContent: content,
  eventDrop: moved,
  eventResize: moved,
});
calendar.render();
