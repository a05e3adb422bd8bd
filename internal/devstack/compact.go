package devstack

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// compact rewrites a JSON log line for people: time, level, message, and the
// other fields as name=value in their order. Other lines stay as they are.
func compact(line []byte) []byte {
	fields, ok := jsonFields(line)
	if !ok {
		return line
	}
	var at, level, message string
	var rest strings.Builder
	for _, f := range fields {
		switch f.name {
		case "time":
			at = clock(f.value)
		case "level":
			level = f.value
		case "msg":
			message = f.value
		default:
			rest.WriteString(" " + f.name + "=" + f.value)
		}
	}
	return []byte(strings.TrimSpace(at+" "+level+" "+message) + rest.String())
}

// clock shortens a timestamp to the time of day, or leaves what is none.
func clock(stamp string) string {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return stamp
	}
	return t.Local().Format(time.TimeOnly)
}

type jsonField struct{ name, value string }

// jsonFields are the fields of a JSON object in their order; values that are
// not strings stay JSON.
func jsonFields(line []byte) ([]jsonField, bool) {
	if !bytes.HasPrefix(line, []byte("{")) || !json.Valid(line) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	if _, err := dec.Token(); err != nil {
		return nil, false
	}
	var fields []jsonField
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, false
		}
		value := string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil {
			value = text
		}
		key, isName := name.(string)
		if !isName {
			return nil, false
		}
		fields = append(fields, jsonField{name: key, value: value})
	}
	return fields, true
}
