package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings is configuration flattened to one level: names of sections, keys
// and list positions joined by "__", in lower case. This is how the field
// writes nested configuration into environment variables.
type settings map[string]setting

// fold lowers ASCII only: all known names are, and so a key is as long as the
// name it stands for, whatever else an environment holds.
func fold(name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

type setting struct {
	name  string // as written
	value string
}

func (s settings) set(name, value string) { s[fold(name)] = setting{name, value} }

// parseJSON flattens a JSON object. Editors of the .NET world put a byte order
// mark in front.
func parseJSON(data []byte) (settings, error) {
	var root map[string]any
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more after the JSON object")
	}
	s := settings{}
	s.flatten("", root)
	return s, nil
}

func (s settings) flatten(prefix string, v any) {
	join := func(name string) string {
		if prefix == "" {
			return name
		}
		return prefix + "__" + name
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) { // of names that differ in case only, always the same one counts
			s.flatten(join(name), v[name])
		}
	case []any:
		for i, inner := range v {
			s.flatten(join(strconv.Itoa(i)), inner)
		}
	case nil:
	default:
		s.set(prefix, fmt.Sprint(v))
	}
}

// parseEnviron reads variables as os.Environ lists them.
func parseEnviron(environ []string) settings {
	s := settings{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			s.set(name, value)
		}
	}
	return s
}

// under returns the settings that count when those of upper take precedence:
// what is blank or unknown does not.
func (s settings) under(upper settings) settings {
	merged := settings{}
	for _, layer := range []settings{s, upper} {
		for key, v := range layer {
			if strings.TrimSpace(v.value) != "" && isKnown(key) {
				merged[key] = v
			}
		}
	}
	return merged
}

// get returns the first of several names that is set to something.
func (s settings) get(names ...string) string {
	for _, name := range names {
		if v := strings.TrimSpace(s[fold(name)].value); v != "" {
			return v
		}
	}
	return ""
}

// list returns a list given as NAME__0, NAME__1, …, or as NAME with commas or
// spaces between.
func (s settings) list(name string) []string {
	values := strings.FieldsFunc(s.get(name), func(r rune) bool { return r == ',' || r == ' ' })
	for _, i := range s.children(name) {
		if v := s.get(name + "__" + i); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// bool reads a setting that is true or false; absent gives def.
func (s settings) bool(name string, def bool) (bool, error) {
	v := s.get(name)
	if v == "" {
		return def, nil
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		return def, fmt.Errorf("server: %s is %q where true or false belongs", name, v)
	}
	return b, nil
}

// duration reads a setting such as 60s; absent gives 0.
func (s settings) duration(name string) (time.Duration, error) {
	v := s.get(name)
	if v == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("server: %s is %q where a duration such as 60s belongs", name, v)
	}
	return d, nil
}

// count reads a setting that is a number above 0; absent gives 0.
func (s settings) count(name string) (int, error) {
	v := s.get(name)
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("server: %s is %q where a number above 0 belongs", name, v)
	}
	return n, nil
}

// children lists what stands one level below a section, sorted, list positions
// by number.
func (s settings) children(section string) []string {
	prefix := fold(section) + "__"
	seen := map[string]string{}
	for key, v := range s {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			folded, _, _ := strings.Cut(rest, "__")
			if name := v.name[len(prefix) : len(prefix)+len(folded)]; seen[folded] == "" || name < seen[folded] { // of several spellings always the same
				seen[folded] = name
			}
		}
	}
	names := slices.Collect(maps.Values(seen))
	slices.SortFunc(names, func(a, b string) int {
		i, err := strconv.Atoi(a)
		j, err2 := strconv.Atoi(b)
		if err == nil && err2 == nil {
			return i - j
		}
		return strings.Compare(a, b)
	})
	return names
}
