# frozen_string_literal: true

require "support/rspec"

# A Redis that is there, and does not do what it is asked: for the jobs of Sidekiq, and for claims.
RSpec.describe "A Redis that is not well", :integration, :outage do
  let(:ill) { own(Servers::Redis.new(password: password, ill: true)) }
  let(:password) { "hidden-#{SecureRandom.hex(8)}" }
  let(:door) { front(ill.port) }

  def pushing(url = ill.url, **others)
    settings(delivery: { redis_url: url }, delivery_timeout: 2, **others)
  end

  def claiming(url = ill.url, **others)
    pushing(url, arbitration_method: "redis", arbitration_options: { redis_url: url, namespace: "mail_room" }, **others)
  end

  def through_the_door
    "redis://:#{password}@127.0.0.1:#{door.port}"
  end

  # Each message once.
  def expect_recovered
    expect_recovery(password)
    expect(delivered_numbers(ill)).to match_array([1, 2])
  end

  shared_examples "one that is waited for" do |reason|
    it "holds the jobs back until it is well" do
      fall_ill
      expect_outage(pushing, reason)
      recover
      expect_recovered
    end

    it "holds the claims back until it is well" do
      fall_ill
      expect_outage(claiming, reason)
      sent = processes.last.log.select { |line| line["action"] == "sending to deliverer" }
      expect(sent.map { |line| line.dig("context", "email") }).not_to include(inbox.user) # nothing is fetched
      recover
      expect_recovered
    end
  end

  describe "as it has no memory left" do
    def fall_ill
      ill.client.config(:set, "maxmemory-policy", "noeviction")
      ill.client.config(:set, "maxmemory", "1")
    end

    def recover
      ill.client.config(:set, "maxmemory", "0")
    end

    it_behaves_like "one that is waited for", /Redis is not available: redis:.*the server has no memory left: OOM/
  end

  # A file that cannot take the place of a folder: the disk is as good as full.
  describe "as it cannot save its data" do
    def fall_ill
      Dir.mkdir(File.join(ill.client.config(:get, "dir").fetch("dir"), "taken"))
      ill.client.config(:set, "dbfilename", "taken")
      ill.client.config(:set, "save", "3600 1")
      ill.client.bgsave
      Wait.until(what: "a failed save") { ill.client.info("persistence")["rdb_last_bgsave_status"] == "err" }
    end

    def recover
      ill.client.config(:set, "stop-writes-on-bgsave-error", "no")
    end

    it_behaves_like "one that is waited for", /the server cannot save its data: MISCONF/
  end

  describe "as it has become a replica" do
    def fall_ill
      ill.client.config(:set, "masterauth", password)
      ill.client.call("REPLICAOF", "127.0.0.1", well.port.to_s)
    end

    def recover
      ill.client.call("REPLICAOF", "NO", "ONE")
    end

    it_behaves_like "one that is waited for", /wrong role: this server is a replica: READONLY/
  end

  # Redis' own tests slow it down by this setting. It would take ten minutes, and answers after each key.
  describe "as it is still loading its data" do
    let(:loading) do
      Thread.new { ::Redis.new(path: ill.socket, password: password, timeout: 300).call("DEBUG", "RELOAD") }
    end

    def fall_ill
      ill.client.pipelined { |pipe| 6000.times { |number| pipe.set("key:#{number}", SecureRandom.bytes(1100)) } }
      ill.client.config(:set, "key-load-delay", "100000")
      ill.client.config(:set, "loading-process-events-interval-bytes", "1024")
      loading
      Wait.until(what: "LOADING") { refused?(/LOADING/) }
    end

    def recover
      ill.client.config(:set, "key-load-delay", "0")
      Wait.until(60, what: "the end of loading") { !refused?(/LOADING/) }
      loading.join
    end

    def refused?(words)
      ill.client.get("key:1")
      false
    rescue Redis::CommandError => error
      error.message.match?(words)
    end

    it_behaves_like "one that is waited for", /the server is still loading its data/
  end

  describe "as it wants another password" do
    def fall_ill
      ill.client.config(:set, "requirepass", "another")
    end

    def recover
      ill.client.config(:set, "requirepass", password)
    end

    it_behaves_like "one that is waited for", /user or password refused/
  end

  describe "as it takes no more clients" do
    def fall_ill
      ill.client.config(:set, "maxclients", "1")
    end

    def recover
      ill.client.config(:set, "maxclients", "1000")
    end

    it_behaves_like "one that is waited for", /max number of clients reached/
  end

  describe "as it is frozen" do
    def fall_ill
      ill.pause
    end

    def recover
      ill.resume
    end

    it_behaves_like "one that is waited for", /no answer within 2 s/
  end

  describe "as its key is of another type" do
    it "holds the jobs back until it is well" do
      ill.client.set("queue:default", "no list")
      expect_outage(pushing, /WRONGTYPE/)
      ill.client.del("queue:default")
      expect_recovered
    end

    it "holds the jobs back until it is well, with claims" do
      ill.client.set("queue:default", "no list")
      expect_outage(claiming, /WRONGTYPE/)
      ill.client.del("queue:default")
      expect_recovered
    end
  end

  # What was asked last is done when nobody waits for it any more: only claims keep it from being done twice.
  {
    "as all that writes has to wait" =>
      [->(redis) { redis.client.call("CLIENT", "PAUSE", "600000", "WRITE") },
       ->(redis) { redis.client.call("CLIENT", "UNPAUSE") }],
    "as it is frozen" => [:pause.to_proc, :resume.to_proc]
  }.each do |what, (fall_ill, recover)|
    it "answers late, #{what}: nothing is lost, and with claims nothing is doubled" do
      process = mail_room(claiming, settings(neighbour, delivery: { redis_url: well.url }))
      process.wait_for_action("Idling", email: inbox.user)
      fall_ill.call(ill)
      dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
      wait_for_outage(/no answer within 2 s/)
      expect_contained(2)
      recover.call(ill)
      expect_recovered
    end
  end

  it "ends the connection between two messages: no message notices" do
    process = mail_room(claiming)
    process.wait_for_action("Idling")
    (1..3).each do |number|
      ill.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
      inbox.append(Mails.small(number))
      process.wait_until(60, what: "the mark") { inbox.unseen.zero? }
    end
    expect(delivered_numbers(ill)).to eq([1, 2, 3])
  end

  it "forgets the scripts at any moment: nothing is lost or doubled" do
    dovecot.fill(inbox.user, (1..200).map { |number| Mails.small(number) })
    process = mail_room(claiming)
    flush = lambda do
      ill.client.script(:flush)
      inbox.unseen.zero?
    end
    process.wait_until(60, what: "all marks", &flush)
    expect(delivered_numbers(ill)).to match_array(1..200)
    expect(process.everything).not_to include("Delivery paused")
  end

  {
    "greets as a mail server does" =>
      [->(client) { client.write("220 mail.example.com ESMTP\r\n") && sleep }, /not an answer/],
    "answers with garbage" => [->(client) { client.write("\0\xFF\r\n" * 100) && sleep }, /not an answer/],
    "answers with a value of another type" =>
      [->(client) { loop { client.readpartial(4096) && client.write("*1\r\n:7\r\n" * 9) } }, /not an answer/],
    "answers with a list of billions" => [->(client) { client.write("*9000000000\r\n") && sleep }, /no answer/],
    "answers with nested lists without end" => [->(client) { loop { client.write("*1\r\n" * 1000) } }, /not an answer/],
    "answers with a value of a negative size" =>
      [->(client) { client.write("$-99\r\n") && sleep }, /no answer|not an answer/],
    "sends a value without end" =>
      [->(client) { client.write("$99999999999\r\n") && loop { client.write("x" * 65_536) } },
       /more than 16777216 bytes/],
    "sends a line without end" =>
      [->(client) { client.write("+") && loop { client.write("x" * 65_536) } }, /more than 16777216 bytes/],
    "resets every connection" => [->(client) { Servers::Front.reset(client) }, /reset|broken|closed/i],
    "closes every connection" => [->(_client) {}, /reset|broken|closed/i],
    "drips its answer" =>
      [->(client) { "+#{'x' * 1000}".each_char { |char| client.write(char) && sleep(0.3) } }, /no answer/]
  }.each do |what, (answer, reason)|
    it "#{what}: all mail waits" do
      door.misbehave(&answer)
      before = 200_000
      expect_outage(pushing(through_the_door), /Redis is not available: redis:.*#{reason}/)
      expect(processes.last.rss_kib).to be < before
      door.behave
      expect_recovered
    end
  end

  it "accepts and never says a word: all mail waits" do
    door.silence
    expect_outage(claiming(through_the_door), /connecting: no answer within 2 s/)
    door.behave
    expect_recovered
  end

  it "never ends the TLS handshake: all mail waits" do
    door.silence
    expect_outage(pushing("rediss://127.0.0.1:#{door.port}"), /TLS/)
  end

  it "drops what is sent to it: all mail waits" do
    deaf = Servers::DeafPort.new
    disposables << deaf
    expect_outage(pushing("redis://127.0.0.1:#{deaf.port}"), /connecting: no answer within 2 s/)
  end

  it "is reset in the middle of a drain again and again: nothing is lost, and with claims nothing is doubled" do
    dovecot.fill(inbox.user, (1..300).map { |number| Mails.small(number) })
    process = mail_room(claiming(through_the_door))
    3.times do |nth|
      Wait.until(60, what: "jobs", interval: 0) { ill.job_count >= 20 * (nth + 1) || inbox.unseen.zero? }
      door.cut
    end
    process.wait_until(60, what: "all marks") { inbox.unseen.zero? }
    expect(delivered_numbers(ill)).to match_array(1..300)
  end

  describe "with a limit for what it takes" do
    # Larger than 1 MiB, the least that can be configured.
    let(:large) { Mails.small(2) + ("A large mail.\r\n" * 100_000) }

    def deliver_all(mailbox)
      dovecot.fill(inbox.user, [Mails.small(1), large, Mails.small(3)])
      mail_room(mailbox).wait_until(60, what: "all marks") { inbox.unseen.zero? }
    end

    %i[pushing claiming].each do |way|
      it "has a message put aside that is larger, and no other suffers (#{way})" do
        ill.client.config(:set, "proto-max-bulk-len", "1mb")
        deliver_all(send(way))
        expect(delivered_numbers(ill)).to eq([1, 3])
        expect(inbox.flags[2]).to include(:Seen, :Flagged)
        line = processes.last.wait_for_action("message quarantined")
        expect(line).to include("uid" => 2, "severity" => "ERROR",
                                "error" => /too large.*proto-max-bulk-len is 1048576/)
        expect(processes.last.everything).not_to include("Delivery paused")
      end
    end

    it "takes what is just small enough" do
      ill.client.config(:set, "proto-max-bulk-len", "2mb")
      dovecot.fill(inbox.user, [large])
      mail_room(claiming)
      processes.last.wait_until(60, what: "all marks") { inbox.unseen.zero? }
      expect(delivered_numbers(ill)).to eq([2])
    end

    # Nobody can know then; but the others are delivered, and the process lives.
    it "is not asked for it by a user without the right: the others are delivered" do
      ill.client.call("ACL", "SETUSER", "default", "-config")
      ill.client.call("ACL", "SETUSER", "admin", "on", "nopass", "~*", "&*", "+@all")
      Redis.new(path: ill.socket, username: "admin", password: "x").config(:set, "proto-max-bulk-len", "1mb")
      dovecot.fill(inbox.user, [Mails.small(1), large, Mails.small(3)])
      mail_room(claiming)
      processes.last.wait_until(60, what: "the marks of the others") { inbox.uids("UNSEEN") == [2] }
      expect(delivered_numbers(ill)).to eq([1, 3])
    end
  end
end
