package activity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// openValue stands for payloads that have no type here: they travel as open values.
type openValue = json.RawMessage

// corpusTypes maps the kinds of a corpus's INDEX.md to Go types, by prefix.
var corpusTypes = []struct {
	kind string
	new  func() any
}{
	{"activity:", func() any { return new(Activity) }},
	{"fragment:", func() any { return new(Activity) }},
	{"activities", func() any { return new(Transcript) }},
	{"attachment:", func() any { return new(Attachment) }},
	{"adaptiveCard", func() any { return new(AdaptiveCard) }},
	{"channelAccount", func() any { return new(ChannelAccount) }},
	{"conversationParameters", func() any { return new(ConversationParameters) }},
	{"conversationReference", func() any { return new(ConversationReference) }},
	{"teamsChannelData", func() any { return new(TeamsChannelData) }},
	{"value:search", func() any { return new(SearchInvokeValue) }},
	{"value:token", func() any { return new(tokenValue) }},
	{"value:", func() any { return new(openValue) }},
	{"response:", func() any { return new(openValue) }},
	{"invokeResponse:", func() any { return new(openValue) }}, // its status is a placeholder, "<response code>"
	{"dialogState", func() any { return new(openValue) }},
	{"tab", func() any { return new(openValue) }},
}

// A tokenValue is a response of the token service or of a token exchange.
type tokenValue struct{ v any }

func (t *tokenValue) UnmarshalJSON(data []byte) error {
	t.v = new(TokenResponse)
	if bytes.Contains(data, []byte("failureDetail")) {
		t.v = new(TokenExchangeInvokeResponse)
	}
	return json.Unmarshal(data, t.v)
}

func (t *tokenValue) MarshalJSON() ([]byte, error) { return json.Marshal(t.v) }

// TestOwnCorpus covers every type and field, and what the public samples lack.
// The name of a file up to the first dash is the name of its type.
func TestOwnCorpus(t *testing.T) {
	types := map[string]reflect.Type{}
	for _, v := range modelled {
		types[strings.ToLower(reflect.TypeOf(v).Name())] = reflect.TypeOf(v)
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "-")
		t.Run(filepath.Base(file), func(t *testing.T) {
			typ := types[strings.ToLower(name)]
			if typ == nil {
				typ = reflect.TypeFor[Activity]()
			}
			checkRoundTrip(t, file, reflect.New(typ).Interface())
		})
	}
}

// TestPublicCorpus reads samples collected from public sources, which lie
// beside the repository. Set OUTSPOKEN_TESTDATA to where they are to insist.
func TestPublicCorpus(t *testing.T) {
	root, must := os.LookupEnv("OUTSPOKEN_TESTDATA")
	if !must {
		root = filepath.Join("..", "..", "shared", "testdata")
	}
	for _, dir := range []string{filepath.Join(root, "activities"), filepath.Join(root, "activities-2")} {
		index, err := os.ReadFile(filepath.Join(dir, "INDEX.md"))
		if err != nil && must {
			t.Fatalf("OUTSPOKEN_TESTDATA: %v", err)
		} else if err != nil {
			t.Logf("no public corpus in %s; set OUTSPOKEN_TESTDATA to test with it", dir)
			continue
		}
		rows := regexp.MustCompile(`(?m)^\| (\S+\.json) \| (\S+) \|`).FindAllStringSubmatch(string(index), -1)
		if len(rows) < 20 {
			t.Fatalf("%s: INDEX.md lists %d files", dir, len(rows))
		}
		for _, row := range rows {
			file, kind := filepath.Join(dir, row[1]), row[2]
			t.Run(filepath.Join(filepath.Base(dir), row[1]), func(t *testing.T) {
				if kind == "edge:ill-typed-message" {
					checkRefused(t, file)
					return
				}
				for _, ct := range corpusTypes {
					if strings.HasPrefix(kind, ct.kind) {
						checkRoundTrip(t, file, ct.new())
						return
					}
				}
				t.Errorf("no Go type for kind %q", kind)
			})
		}
	}
}

// checkRefused tests that the error names the field of the wrong type.
func checkRefused(t *testing.T, file string) {
	data := read(t, file)
	want := map[string]string{"01": "id", "02": "channelId", "03": "from.role"}[file[len(file)-7:len(file)-5]]
	_, err := Decode(data)
	de, ok := errors.AsType[*DecodeError](err)
	if !ok || de.Field != want {
		t.Errorf("Decode = %v, want a *DecodeError for field %s", err, want)
	}
}

// checkRoundTrip decodes a file into v, encodes it, and compares the trees.
// Cards and entities inside go through their own types as well.
func checkRoundTrip(t *testing.T, file string, v any) {
	t.Helper()
	data := read(t, file)
	if err := unmarshal(data, v); err != nil {
		t.Fatalf("decode: %v", err)
	}
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	for _, d := range compare("", tree(t, data), tree(t, got), reflect.TypeOf(v).Elem()) {
		t.Error(d)
	}
	if a, ok := v.(*Activity); ok {
		checkParts(t, a)
		if got, err := a.Append(nil); err != nil {
			t.Error(err)
		} else if diffs := compare("", tree(t, data), tree(t, got), reflect.TypeFor[Activity]()); diffs != nil {
			t.Errorf("Append: %v", diffs)
		} else if bytes.ContainsAny(got, "\r\n") {
			t.Error("Append wrote more than one line")
		}
	}
	if att, ok := v.(*Attachment); ok {
		checkCard(t, *att)
	}
}

func unmarshal(data []byte, v any) error {
	a, ok := v.(*Activity)
	if !ok {
		return json.Unmarshal(data, v)
	}
	got, err := Decode(data)
	if err == nil {
		*a = *got
	}
	return err
}

func checkParts(t *testing.T, a *Activity) {
	for _, att := range a.Attachments {
		checkCard(t, att)
	}
	for _, e := range a.Entities {
		if typ, ok := entityTypes[strings.ToLower(e.Type())]; ok {
			checkValue(t, e, reflect.New(reflect.TypeOf(typ)).Interface())
		}
	}
	if a.OnChannel(ChannelTeams) && len(a.ChannelData) > 0 {
		checkValue(t, a.ChannelData, new(TeamsChannelData))
	}
}

func checkCard(t *testing.T, att Attachment) {
	if typ, ok := cardTypes[att.ContentType]; ok && len(att.Content) > 0 {
		checkValue(t, att.Content, reflect.New(reflect.TypeOf(typ)).Interface())
	}
}

func checkValue(t *testing.T, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Errorf("decode %T: %v in %s", v, err, raw)
		return
	}
	got, err := json.Marshal(v)
	if err != nil {
		t.Errorf("encode %T: %v", v, err)
		return
	}
	for _, d := range compare("", tree(t, raw), tree(t, got), reflect.TypeOf(v).Elem()) {
		t.Errorf("%T %s", v, d)
	}
}

var entityTypes = map[string]any{
	"mention": Mention{}, "clientinfo": ClientInfo{}, "streaminfo": StreamInfo{}, "https://schema.org/message": AIMessage{},
	"productinfo": ProductInfo{}, "activitytreatment": ActivityTreatment{}, "geocoordinates": GeoCoordinates{},
	"place": Place{}, "thing": Thing{},
}

var cardTypes = map[string]any{
	ContentAdaptiveCard: AdaptiveCard{}, ContentHeroCard: HeroCard{}, ContentThumbnailCard: ThumbnailCard{},
	ContentReceiptCard: ReceiptCard{}, ContentSigninCard: SigninCard{}, ContentOAuthCard: OAuthCard{},
	ContentAnimationCard: AnimationCard{}, ContentAudioCard: AudioCard{}, ContentVideoCard: VideoCard{},
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tree parses JSON with numbers as they are spelled.
func tree(t testing.TB, data []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

// compare lists where got differs from want. A null of a field that typ
// models may be missing; nothing else may.
func compare(path string, want, got any, typ reflect.Type) (diffs []string) {
	fields, elem := shape(typ)
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			break
		}
		for name, w := range want {
			g, ok := got[name]
			ft, modelled := fields[strings.ToLower(name)]
			if !ok && w == nil && modelled {
				continue
			}
			if !ok {
				diffs = append(diffs, fmt.Sprintf("%s.%s is lost: %v", path, name, w))
				continue
			}
			diffs = append(diffs, compare(path+"."+name, w, g, ft)...)
		}
		for name, g := range got {
			if _, ok := want[name]; !ok {
				diffs = append(diffs, fmt.Sprintf("%s.%s is new: %v", path, name, g))
			}
		}
		return diffs
	case []any:
		got, ok := got.([]any)
		if !ok || len(want) != len(got) {
			break
		}
		for i := range want {
			diffs = append(diffs, compare(fmt.Sprintf("%s[%d]", path, i), want[i], got[i], elem)...)
		}
		return diffs
	}
	if !reflect.DeepEqual(want, got) {
		diffs = append(diffs, fmt.Sprintf("%s = %v, want %v", path, got, want))
	}
	return diffs
}

// shape gives the fields of a modelled struct by lower-case name, and the
// elements of a list of them.
func shape(typ reflect.Type) (fields map[string]reflect.Type, elem reflect.Type) {
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ != nil && typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		return nil, typ.Elem()
	}
	if typ == nil || typ.Kind() != reflect.Struct {
		return nil, nil
	}
	fields = map[string]reflect.Type{}
	for i := range typ.NumField() {
		if name := typ.Field(i).Tag.Get("json"); name != "" {
			fields[strings.ToLower(name)] = typ.Field(i).Type
		}
	}
	return fields, nil
}
