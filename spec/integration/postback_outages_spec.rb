# frozen_string_literal: true

require "support/rspec"

# What only a web server that is out of order, or not one at all, sends.
RSpec.describe "A webhook that is out of order", :integration, :outage, :postback do
  let(:door) { front(web.port) }
  let(:token) { "hidden-#{SecureRandom.hex(8)}" }

  def hook(**others)
    url = "http://127.0.0.1:#{door.port}/hook"
    postback(delivery: { url: url, token: token }, delivery_timeout: 3, connect_timeout: 2, **others)
  end

  def expect_recovered
    door.behave
    expect_recovery(token)
    expect(posted_numbers.uniq).to match_array([1, 2])
  end

  # @return [String] the whole request, as far as its end is known by its length
  def read_request(client)
    head = client.gets("\r\n\r\n").to_s
    head + client.read(head[/^content-length: (\d+)/i, 1].to_i).to_s
  end

  {
    "resets the connection" => [->(client) { Servers::Front.reset(client) }, /reset|closed/],
    "answers with garbage" => [->(client) { client.write("\0\xFF nonsense\r\n\r\n" * 10) }, /invalid HTTP|webhook/],
    "greets as a mail server does" => [->(client) { client.write("220 mail.example.com ESMTP\r\n") }, /HTTP/],
    "sends a header without end" =>
      [->(client) { client.write("HTTP/1.1 200 OK\r\nX: ") && loop { client.write("x" * 4096) } }, /large/],
    "sends headers without end" =>
      [->(client) { client.write("HTTP/1.1 200 OK\r\n") && loop { client.write("X: y\r\n" * 100) } }, /large|HTTP/],
    "drips its header" =>
      [->(client) { "HTTP/1.1 200 OK\r\nX: #{'x' * 1000}".each_char { |char| client.write(char) && sleep(0.5) } },
       /no answer within 3 s \(delivery_timeout\)/],
    "says Continue for ever" =>
      [->(client) { loop { client.write("HTTP/1.1 100 Continue\r\n\r\n") && sleep(0.05) } },
       /no answer within 3 s \(delivery_timeout\)/],
    "answers half a status line" => [->(client) { client.write("HTTP/1.1 2") }, /closed|incomplete|HTTP/],
    "breaks off a refusal" =>
      [->(client) { client.write("HTTP/1.1 422 No\r\nContent-Length: 1000\r\n\r\n{") }, /422 broke off/],
    "refuses in chunks that are none" =>
      [->(client) { client.write("HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") }, /400 broke off/]
  }.each do |what, (answer, reason)|
    it "#{what}: all mail waits" do
      door.misbehave { |client| read_request(client) && answer.call(client) }
      expect_outage(hook, /the webhook is not available.*#{reason}/)
      expect_recovered
    end
  end

  it "takes the connection and never says a word: all mail waits" do
    door.silence
    expect_outage(hook, /no answer within 3 s \(delivery_timeout\)/)
    expect_recovered
  end

  it "never ends the TLS handshake: all mail waits" do
    door.silence
    expect_outage(hook(delivery: { url: "https://127.0.0.1:#{door.port}/hook" }), /cannot connect in time/)
  end

  # Linux drops what asks for a connection when nobody accepts, as a firewall would.
  it "drops what is sent to it: all mail waits" do
    deaf = Servers::DeafPort.new
    disposables << deaf
    expect_outage(hook(delivery: { url: "http://127.0.0.1:#{deaf.port}/" }), /cannot connect.*within 2 s/)
  end

  describe "but has said yes" do
    # Neither waits for the rest, nor counts it, nor keeps it.
    {
      "drips its body for ever" => ->(client) { loop { client.write("1\r\n.\r\n") && sleep(0.05) } },
      "sends a body without end" => ->(client) { loop { client.write("10000\r\n#{'x' * 65_536}\r\n") } },
      "never ends its body" => ->(client) { client.write("5\r\nhello\r\n") && sleep }
    }.each do |what, rest|
      it "#{what}: the mail is delivered, and the next one is not held up" do
        requests = Queue.new
        door.misbehave do |client|
          request = read_request(client)
          next if request.empty? # only looked whether somebody is there

          requests << Mails.number(request)
          client.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
          rest.call(client)
        end
        dovecot.fill(inbox.user, (1..3).map { |number| Mails.small(number) })
        # In half of this time one of them would not be through if it waited for the end of the answer.
        mail_room(hook(delivery_timeout: 60))
        processes.last.wait_for_action("sending to deliverer")
        before = processes.last.rss_kib
        wait_for_marks(limit: 30)
        expect(Array.new(requests.size) { requests.pop }).to eq([1, 2, 3])
        expect(processes.last.rss_kib - before).to be < 50_000
      end
    end
  end

  it "refuses with a page without end: the page is not read, and the others are delivered" do
    door.misbehave do |client|
      status = read_request(client).include?("mail 00001") ? 400 : 200
      client.write("HTTP/1.1 #{status} So\r\nTransfer-Encoding: chunked\r\n\r\n")
      loop { client.write("10000\r\n#{'too large ' * 6553}......\r\n") }
    end
    dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
    mail_room(hook(delivery_timeout: 60))
    line = processes.last.wait_for_action("message quarantined")
    expect(line["error"]).to start_with("the answer was 400: too large")
    wait_for_marks(limit: 30)
  end
end
