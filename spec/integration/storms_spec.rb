# frozen_string_literal: true

require "support/rspec"
require "time"

# What fails again and again is tried again at lengthening intervals, and costs nothing in between.
RSpec.describe "What fails again and again", :integration, :outage, :postback do
  # Ticks of the CPU, a hundredth of a second each: what an idle process may use up while something else happens.
  let(:next_to_nothing) { 50 }

  # @return [Array<Hash>] the first lines of the log with this action, of the ill mailbox
  def wait_for_failures(count, action)
    found = []
    processes.last.wait_until(90, what: "#{count} times #{action.inspect}") do
      found = processes.last.log.select { |line| line["action"] == action && line["context"]["email"] == inbox.user }
      found.size >= count
    end
    found.first(count)
  end

  # Waits are drawn, and may be short; what they are drawn below doubles with every failure.
  def expect_backoff(lines)
    expect(lines.map { |line| line["retry_within_s"] }).to eq(Array.new(lines.size) { |nth| 2**nth })
    lines.each_cons(2) do |line, following|
      expect(line["retry_in_s"]).to be_between(0, line["retry_within_s"])
      passed = Time.iso8601(following["time"]) - Time.iso8601(line["time"])
      expect(passed).to be >= line["retry_in_s"] - 0.1
    end
  end

  def expect_no_storm(door)
    process = mail_room(settings(port: door.port), settings(neighbour, delivery: { redis_url: well.url }))
    lines = wait_for_failures(5, "Disconnected. Resetting...")
    # One connection for each failure, and perhaps the next one.
    failures = process.log.count { |line| line["action"] == "Disconnected. Resetting..." }
    expect(door.connections).to be_between(failures - 1, failures + 1)
    expect_backoff(lines)
    expect(process.cpu_ticks).to be < 200
    expect_contained(0)
  end

  describe "a session that is ended by the server" do
    let(:door) { front(dovecot.ports.fetch(:imap)) }

    # A successful pass over an empty mailbox is no success that would begin the backoff anew.
    { "as soon as it is connected" => nil, "right after the login" => /SELECT/, "when it is to search" => /SEARCH/,
      "when it begins to idle" => /IDLE/ }.each do |what, command|
      it "#{what} is begun anew without a storm of logins" do
        command ? door.cut_at(command) : door.misbehave { |client| client.write("* OK ready\r\n") }
        expect_no_storm(door)
      end
    end
  end

  describe "a delivery" do
    before { dovecot.record(inbox.user) }

    def fetched
      dovecot.commands(inbox.user).grep(/UID FETCH.*BODY/)
    end

    # @return [Array<Hash>] the lines of the log
    def expect_patience(mailbox, count: 5)
      dovecot.fill(inbox.user, (1..50).map { |number| Mails.small(number) })
      process = mail_room(mailbox)
      wait_for_failures(2, "Delivery paused")
      before = process.cpu_ticks
      lines = wait_for_failures(count, "Delivery paused")
      expect(process.cpu_ticks - before).to be < next_to_nothing
      expect_backoff(lines)
      expect(inbox.unseen).to eq(50)
    end

    it "to a Redis that is down: nothing is fetched" do
      expect_patience(settings(delivery: { redis_url: "redis://127.0.0.1:#{Servers::Ports.free}" }))
      expect(fetched).to eq([])
    end

    it "to a webhook that is down: nothing is fetched" do
      expect_patience(postback(delivery: { url: "http://127.0.0.1:#{Servers::Ports.free}" }))
      expect(fetched).to eq([])
    end

    it "to a PostgreSQL that is down: nothing is fetched" do
      options = { host: "127.0.0.1", port: Servers::Ports.free, username: "mailer", job_class: "Receiver" }
      expect_patience(settings(delivery_method: "que").merge(delivery_options: options))
      expect(fetched).to eq([])
    end

    it "that needs claims, with a Redis for them that is down: nothing is fetched" do
      arbitration = { redis_url: "redis://127.0.0.1:#{Servers::Ports.free}" }
      expect_patience(postback(arbitration_method: "redis", arbitration_options: arbitration))
      expect(fetched).to eq([])
    end

    it "to a Redis that is out of memory: one message is fetched for each look at it" do
      full = own(Servers::Redis.new)
      full.client.config(:set, "maxmemory", "1")
      expect_patience(settings(delivery: { redis_url: full.url }))
      pauses = processes.last.log.count { |line| line["action"] == "Delivery paused" }
      expect(fetched.drop(1)).to all(match(/UID FETCH \d+ /))
      expect(fetched.size).to be <= pauses + 1
    end
  end

  describe "a connection that finds no file descriptor" do
    def idling
      lines = processes.last.log.select { |line| line["action"] == "Idling" }
      lines.map { |line| line.dig("context", "email") }.uniq
    end

    def limit_descriptors(soft)
      system("prlimit", "--pid", processes.last.pid.to_s, "--nofile=#{soft}:", exception: true)
    end

    it "is tried again: those that fit are served, nobody spins, and all are served when there are more" do
      server = own(Servers::Dovecot.new)
      boxes = Array.new(30) { new_inbox(server) }
      health = { address: "127.0.0.1", port: Servers::Ports.free }
      process = mail_room(*boxes.map { |box| settings(box) }, health_check: health)
      process.wait_until(what: "all mailboxes") { idling.size == 30 }
      # What is refused at start can happen later: others lower the limit, or open files in the same process. It needs
      # some twenty itself.
      limit_descriptors(32)
      server.stop
      boxes.each { |box| server.fill(box.user, [Mails.small(1)]) }
      server.start
      process.wait_for_log(30, what: "an end of file descriptors") do |line|
        line["error"]&.include?("Too many open files")
      end
      process.wait_until(30, what: "those that fit") { boxes.any? { |box| box.unseen.zero? } }
      expect(process.log.select { |line| line["error"] }).to all(include("retry_in_s" => a_kind_of(Numeric)))

      before = process.cpu_ticks
      failures = process.log.count { |line| line["error"] }
      process.wait_until(60, what: "more failures") { process.log.count { |line| line["error"] } >= failures + 10 }
      expect(process.cpu_ticks - before).to be < 2 * next_to_nothing

      limit_descriptors(4096)
      process.wait_until(120, what: "all marks") { boxes.all? { |box| box.unseen.zero? } }
      expect(redis.job_count).to eq(30)
      expect(process.everything).not_to include("panic")
    end
  end
end
