package connector_test
import ("testing";"syscall";"os/exec";"os";"bufio";"net/http";"net";"io";"bytes";"time";"fmt"
"github.com/outspoken-go/outspoken/connector")
func cpu() int64 { var r syscall.Rusage; syscall.Getrusage(0,&r); return r.Utime.Nano()+r.Stime.Nano() }
func TestZServer(t *testing.T){ if os.Getenv("ZS")==""{t.Skip()}
 l,_:=net.Listen("tcp","127.0.0.1:0"); fmt.Println("http://"+l.Addr().String())
 http.Serve(l,http.HandlerFunc(func(w http.ResponseWriter,r *http.Request){io.Copy(io.Discard,r.Body);io.WriteString(w,`{"id":"m1"}`)}))}
func TestZCPU(t *testing.T){ if os.Getenv("ZC")==""{t.Skip()}
 cmd:=exec.Command(os.Args[0],"-test.run","TestZServer"); cmd.Env=append(os.Environ(),"ZS=1"); out,_:=cmd.StdoutPipe(); cmd.Start(); defer cmd.Process.Kill()
 url,_:=bufio.NewReader(out).ReadString('\n'); url=url[:len(url)-1]
 to:=at(url,"msteams"); a:=message(to,"A message of ordinary length, as agents send them all day."); a.ReplyToID="1700000000000"
 c:=newClient(connector.Config{})
 client := &http.Client{Timeout: 10*time.Second, Transport:&http.Transport{DialContext:(&net.Dialer{Timeout:5*time.Second}).DialContext,MaxIdleConnsPerHost:1024,DisableCompression:true}}
 bare:=func(encode bool){ body,_:=a.Append(nil); if !encode {body=bytes.Clone(body)}
  req,_:=http.NewRequestWithContext(t.Context(),"POST",url+"/v3/conversations/19:c1/activities/1700000000000",bytes.NewReader(body))
  req.Header.Set("Content-Type","application/json"); req.Header.Set("Authorization","Bearer "+secret)
  resp,err:=client.Do(req); if err!=nil{t.Fatal(err)}; io.Copy(io.Discard,resp.Body); resp.Body.Close()}
 for range 4 { s:=cpu(); for range 20000 { if _,err:=c.Send(t.Context(),to,a);err!=nil{t.Fatal(err)} }
  s1:=cpu(); for range 20000 { bare(true) }; s2:=cpu(); fmt.Println("ours",(s1-s)/20000,"bare+encode",(s2-s1)/20000) }
}
