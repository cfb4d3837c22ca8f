# frozen_string_literal: true

require "support/rspec"

# The promise: after TERM or INT the process ends with status 0 within shutdown_timeout, what was accepted is marked,
# and what was not is still unread.
RSpec.describe "Shutting down", :integration do
  # Seconds beyond the deadline for a slow machine to end a process.
  margin = 5
  timeout = 2

  # Whatever is unread was not lost, and whatever is marked has become a job.
  def expect_nothing_lost(count, redis = self.redis, inbox: self.inbox)
    seen = inbox.subjects("SEEN").map { |subject| subject[/\d+/].to_i }
    expect(seen - delivered_numbers(redis)).to eq([])
    expect(inbox.count).to eq(count)
    seen
  end

  # Signals in the middle of a drain, or at its end when it is quicker than we are.
  def interrupt_after(jobs, process, signal)
    aim = redis.job_count + jobs
    process.wait_for_action("Setting up watcher")
    Wait.until(15, what: "#{aim} jobs", interval: 0) { redis.job_count >= aim || inbox_drained?(process) }
    process.public_send(signal)
  end

  def inbox_drained?(process)
    process.log.last&.fetch("action", nil) == "Idling"
  end

  %i[term int].each do |signal|
    describe "by SIG#{signal.upcase}" do
      it "ends while it idles" do
        process = mail_room(shutdown_timeout: timeout)
        process.wait_for_action("Idling")
        process.public_send(signal)
        expect(process.exit_status(timeout + margin)).to eq(0)
      end

      # Several times, because what is in hand at the moment of the signal is another thing each time.
      it "ends while it drains a mailbox, with everything marked that was accepted" do
        dovecot.fill(inbox.user, (1..1000).map { |number| Mails.small(number) })
        process = mail_room(shutdown_timeout: timeout)
        [3, 25, 47, 69, 91].each do |more|
          interrupt_after(more, process, signal)
          expect(process.exit_status(timeout + margin)).to eq(0)
          expect(expect_nothing_lost(1000)).to match_array(delivered_numbers)
          process.restart
        end
      end

      it "ends while it drains a mailbox of large messages" do
        dovecot.fill(inbox.user, (1..300).map { |number| Mails.mixed(number) })
        process = mail_room(shutdown_timeout: timeout)
        interrupt_after(10, process, signal)
        expect(process.exit_status(timeout + margin)).to eq(0)
        expect(expect_nothing_lost(300)).to match_array(delivered_numbers)
      end

      it "ends while it waits to connect again" do
        process = mail_room(settings(port: Servers::Ports.free), shutdown_timeout: timeout)
        wait_for_error
        process.public_send(signal)
        expect(process.exit_status(timeout + margin)).to eq(0)
      end
    end
  end

  it "logs that it quits" do
    process = mail_room(shutdown_timeout: timeout)
    process.wait_for_action("Idling")
    process.term
    process.exit_status(timeout + margin)
    expect(process.log.map { |line| line["action"] }).to include("Quitting connection...")
  end

  describe "while Redis answers no more" do
    it "ends, and the messages are delivered by the next process" do
      own_redis = own(Servers::Redis.new)
      process = mail_room(settings(delivery: { redis_url: own_redis.url }), shutdown_timeout: timeout)
      process.wait_for_action("Idling")
      own_redis.pause
      dovecot.fill(inbox.user, (1..20).map { |number| Mails.small(number) })
      process.wait_for_action("sending to deliverer")
      process.term
      expect(process.exit_status(timeout + margin)).to eq(0)

      own_redis.resume
      expect_nothing_lost(20, own_redis)
      process.restart
      process.wait_until(30, what: "all marks") { inbox.unseen.zero? }
      expect(delivered_numbers(own_redis).uniq).to match_array(1..20)
    end
  end

  # A delivery may outlast the process: what came before it must not wait for it.
  describe "while one delivery of many does not end" do
    it "has marked what was accepted before" do
      folder = Servers::Folder.new("delivered")
      disposables << folder
      inbox.append(Mails.small(1), Mails.small(2), Mails.small(3))
      delivery = { delivery_klass: "Recorder", delivery_options: { folder: folder.path, behaviour: "hang_second" } }
      process = program("run", settings(delivery_method: nil, **delivery))
      process.wait_until(what: "the second delivery") do
        File.exist?(folder.join("attempts")) && File.readlines(folder.join("attempts")).size == 2
      end
      process.term
      process.wait_until(what: "the mark of the first") { inbox.unseen < 3 }
      expect(inbox.subjects("SEEN")).to eq(["mail 00001"])
    end
  end

  describe "while the mail server answers no more" do
    let(:server) { own(Servers::Dovecot.new) }
    let(:inbox) { new_inbox(server) }

    it "ends out of an IDLE" do
      process = mail_room(shutdown_timeout: timeout)
      process.wait_for_action("Idling")
      server.pause
      process.term
      expect(process.exit_status(timeout + margin)).to eq(0)
    end

    it "ends before the server has greeted" do
      inbox
      server.pause
      process = mail_room(shutdown_timeout: timeout)
      process.wait_for_action("Setting up watcher")
      process.term
      expect(process.exit_status(timeout + margin)).to eq(0)
    end

    it "ends out of a drain, and loses nothing" do
      server.fill(inbox.user, (1..300).map { |number| Mails.mixed(number) })
      process = mail_room(shutdown_timeout: timeout)
      Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count.positive? }
      server.pause
      process.term
      expect(process.exit_status(timeout + margin)).to eq(0)

      server.resume
      expect_nothing_lost(300)
    end
  end

  describe "while a Ruby class delivers" do
    it "lets it finish, and marks the message" do
      folder = Servers::Folder.new("delivered")
      disposables << folder
      inbox.append(Mails.small(1))
      delivery = { delivery_klass: "Recorder", delivery_options: { folder: folder.path, behaviour: "linger" } }
      process = program("run", settings(delivery_method: nil, **delivery))
      process.wait_until(what: "the delivery") { File.exist?(folder.join("attempts")) }
      process.term

      expect(process.exit_status(20)).to eq(0)
      expect(Dir[folder.join("*.eml")].size).to eq(1)
      expect(inbox.unseen).to eq(0)
    end
  end

  it "ends many mailboxes within the same time as one" do
    mailboxes = Array.new(20) { settings(new_inbox) }
    process = mail_room(*mailboxes, shutdown_timeout: timeout)
    mailboxes.each { |mailbox| process.wait_for_action("Idling", email: mailbox[:email]) }
    process.term
    expect(process.exit_status(timeout + margin)).to eq(0)
  end

  it "ends at once at a second signal" do
    own_redis = own(Servers::Redis.new)
    process = mail_room(settings(delivery: { redis_url: own_redis.url }), shutdown_timeout: 60)
    process.wait_for_action("Idling")
    own_redis.pause
    inbox.append(Mails.small(1))
    process.wait_for_action("sending to deliverer")
    process.term
    # Signals of a kind that come too close become one; so this repeats until the process has gone.
    Wait.until(20, what: "the end of the process", interval: 0.5) do
      process.term
      !process.alive?
    end
    expect(inbox.unseen).to eq(1)
  end
end
