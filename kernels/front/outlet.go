package front

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Bounds of what one execution shows, so that no program can kill the page that shows it.
const (
	mostText     = 16 << 20               // bytes of streams
	mostDisplays = 128 << 20              // bytes of displays
	lastText     = 4 << 10                // of what is cut, so much of the end is shown
	gather       = 40 * time.Millisecond  // streams are gathered so long after a first piece
	thin         = 250 * time.Millisecond // between two updates of one display
)

// outlet is where the output of one execution leaves: streams are gathered, displays keep their place between them, updates of a display are thinned out with
// the last always shown, ids of displays are made this execution's own, and too much is cut with a note.
type outlet struct {
	publish func(kind string, content any)
	id      string // makes display ids the execution's own

	mu                   sync.Mutex
	name                 string // of the stream that is being gathered
	text                 strings.Builder
	flushed              time.Time
	streamDue, updateDue bool
	shown                map[string]time.Time    // displays with an id: when they were last shown
	waiting              map[string]*displayData // the newest state of those that were updated too soon
	texts                int
	displays             int
	cut                  map[string]*cutText
	dropped              int
	ended                bool
}

type cutText struct {
	bytes int
	last  string
}

type displayData struct {
	Data      map[string]json.RawMessage `json:"data"`
	Metadata  json.RawMessage            `json:"metadata"`
	Transient map[string]any             `json:"transient"`
}

func newOutlet(id string, publish func(kind string, content any)) *outlet {
	return &outlet{publish: publish, id: id, shown: map[string]time.Time{}, waiting: map[string]*displayData{}, cut: map[string]*cutText{}}
}

type streamText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Stream shows text of stdout or stderr.
func (o *outlet) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || text == "" {
		return
	}
	if c := o.cut[name]; c != nil {
		c.bytes += len(text)
		c.last = lastOf(c.last+lastOf(text, lastText), lastText)
		return
	}
	if room := mostText - o.texts; len(text) > room {
		at := strings.LastIndexByte(text[:room], '\n') + 1 // whole lines, if there are any
		if at == 0 {
			at = len(strings.ToValidUTF8(text[:room], ""))
		}
		o.cut[name] = &cutText{bytes: len(text) - at, last: lastOf(text[at:], lastText)}
		text = text[:at]
	}
	o.texts += len(text)
	if o.name != name {
		o.flushStream()
	}
	o.name = name
	o.text.WriteString(text)
	switch since := time.Since(o.flushed); {
	case since >= gather || o.text.Len() > 256<<10:
		o.flushStream()
	default:
		o.later(&o.streamDue, gather-since, o.flushStream)
	}
}

// lastOf is the end of a text, at most n bytes of it, from a whole character on.
func lastOf(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[len(text)-n:], "")
}

func (o *outlet) flushStream() {
	o.flushed = time.Now()
	if o.text.Len() == 0 {
		return
	}
	o.publish("stream", streamText{o.name, o.text.String()})
	o.text.Reset()
}

// later runs show once after a while, unless the execution has ended, or another of its kind is due already.
func (o *outlet) later(due *bool, after time.Duration, show func()) {
	if *due {
		return
	}
	*due = true
	time.AfterFunc(after, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		*due = false
		if !o.ended {
			show()
		}
	})
}

// showUpdates shows the updates whose time has come.
func (o *outlet) showUpdates() {
	for id := range o.waiting {
		if left := thin - time.Since(o.shown[id]); left > 0 {
			o.later(&o.updateDue, left, o.showUpdates)
		} else {
			o.flushUpdate(id)
		}
	}
}

func (o *outlet) flushUpdate(id string) {
	d := o.waiting[id]
	delete(o.waiting, id)
	o.shown[id] = time.Now()
	o.publish("update_display_data", d)
}

// Display shows a bundle, or updates it in place when this execution has shown one with its display id before. A bundle whose id it has not shown is new,
// whatever GoNB calls it: GoNB remembers ids of earlier executions.
func (o *outlet) Display(content json.RawMessage) error {
	var d displayData
	if err := json.Unmarshal(content, &d); err != nil {
		return err
	}
	size := 0
	for mime, value := range d.Data {
		d.Data[mime] = asObject(mime, value)
		size += len(value)
	}
	id, _ := d.Transient["display_id"].(string)
	if d.Transient == nil {
		d.Transient = map[string]any{}
	}
	if id != "" {
		d.Transient["display_id"] = id + "-" + o.id
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return nil
	}
	o.flushStream()
	if last, shown := o.shown[id]; id != "" && shown {
		if left := thin - time.Since(last); left > 0 {
			o.waiting[id] = &d
			o.later(&o.updateDue, left, o.showUpdates)
			return nil
		}
		o.waiting[id] = &d
		o.flushUpdate(id)
		return nil
	}
	if o.displays+size > mostDisplays {
		o.dropped++
		return nil
	}
	o.displays += size
	if id != "" {
		o.shown[id] = time.Now()
	}
	o.publish("display_data", &d)
	return nil
}

// asObject makes a JSON value of a bundle's JSON text: GoNB sends every value as a string, and front ends want objects.
func asObject(mime string, value json.RawMessage) json.RawMessage {
	if !strings.HasSuffix(mime, "+json") && mime != "application/json" {
		return value
	}
	var text string
	if json.Unmarshal(value, &text) == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return value
}

// Pass shows a message of another kind in its turn.
func (o *outlet) Pass(kind string, content any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.flushStream()
		o.publish(kind, content)
	}
}

// Clear takes away all that was shown, as soon as something new comes, and counts from there.
func (o *outlet) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.flushStream()
	o.publish("clear_output", json.RawMessage(`{"wait":true}`))
	o.texts, o.displays, o.dropped = 0, 0, 0
	clear(o.cut)
	clear(o.shown)
	clear(o.waiting)
}

// Flush shows what is gathered.
func (o *outlet) Flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.flushStream()
	}
}

// End shows what still waits and says what was cut; nothing passes any more.
func (o *outlet) End() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.flushStream()
	for id := range o.waiting {
		o.flushUpdate(id)
	}
	for name, c := range o.cut {
		o.publish("stream", streamText{name, fmt.Sprintf("\n… %s of %s left out here: a cell shows at most %d MB. Its end:\n%s", bytesText(c.bytes), name, mostText>>20, c.last)})
	}
	if o.dropped > 0 {
		o.publish("stream", streamText{"stderr", fmt.Sprintf("… %d displays left out: a cell shows at most %d MB of them.\n", o.dropped, mostDisplays>>20)})
	}
	o.ended = true
}

func bytesText(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
