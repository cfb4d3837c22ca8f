# frozen_string_literal: true

require "support/rspec"

# Jobs that are too large to be handed through a script of Redis at a price worth paying: with claims they are pushed in
# a transaction, which makes sure of the claim, and takes back what nobody was to see.
RSpec.describe "Large jobs with claims", :integration, :outage do
  let(:ill) { own(Servers::Redis.new) }

  def claiming(url = ill.url)
    settings(delivery: { redis_url: url }, arbitration_method: "redis", arbitration_options: { redis_url: url })
  end

  def large(number)
    Mails.small(number) + ("0123456789 " * 10_000)
  end

  def commands
    ill.client.info("commandstats").transform_values { |stats| stats["calls"].to_i }
  end

  it "are pushed once, in order and whole" do
    dovecot.fill(inbox.user, (1..5).map { |number| large(number) })
    mail_room(claiming)
    expect_delivered(1..5, redis: ill)
    expect(ill.jobs.map { |job| job["args"].first.b }).to eq((1..5).map { |number| large(number) })
    expect(ill.client.smembers("queues")).to eq(["default"])
    expect(commands["exec"]).to be > 5
    processes.last.wait_until(what: "the records") { ill.client.keys("delivered:*:*").size == 5 }
    expect(ill.client.keys("delivered:*:*").map { |key| ill.client.get(key) }).to all(match(/done|settled/))
  end

  it "are pushed once by a user without transactions" do
    [%w[-multi -exec], %w[-exec -discard], %w[-lpop], %w[-eval]].each.with_index(1) do |rights, number|
      ill.client.call("ACL", "SETUSER", "weak", "reset", "on", ">hunter2", "~*", "+@all", *rights)
      inbox.append(large(number))
      process = mail_room(claiming("redis://weak:hunter2@127.0.0.1:#{ill.port}"))
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      process.term
      process.wait_for_end
    end
    expect(delivered_numbers(ill)).to match_array(1..4)
  end

  it "are not pushed where the claim was lost, and what others push stays" do
    ill.client.lpush("queue:default", "somebody else's")
    steal = -> { ill.client.keys("delivered:*:*").each { |key| ill.client.set(key, "lease:another") } }
    door = front
    door.misbehave { |client| pass_on(client) { |bytes| steal.call if bytes.include?("LPUSH") } }
    dovecot.fill(inbox.user, (1..3).map { |number| large(number) })
    process = mail_room(claiming("redis://127.0.0.1:#{door.port}"))
    process.wait_for_log(what: "a claim that ran out") { |line| line["error"]&.include?("claim ran out") }
    process.wait_for_action("Idling")
    expect(ill.client.lrange("queue:default", 0, -1)).to eq(["somebody else's"])
    expect(inbox.unseen).to eq(3)
    expect(commands["lpush"]).to be > 1
  end

  def pass_on(client)
    server = TCPSocket.new("127.0.0.1", ill.port)
    back = Thread.new { IO.copy_stream(server, client) }
    loop do
      bytes = client.readpartial(65_536)
      yield bytes
      server.write(bytes)
    end
  ensure
    back&.kill&.join
    server&.close
  end

  { "the queue" => "queue:default", "the set of queues" => "queues" }.each do |what, key|
    it "wait while #{what} is something else, and are pushed once then" do
      ill.client.set(key, "neither list nor set")
      dovecot.fill(inbox.user, [large(1), large(2)])
      mail_room(claiming)
      expect(wait_for_error["error"]).to match(/Redis is not available: redis:.*WRONGTYPE/)
      expect(inbox.unseen).to eq(2)
      expect(ill.client.exists?("queue:default")).to eq(key == "queue:default")
      ill.client.del(key)
      expect_delivered(1..2, redis: ill)
    end
  end
end
