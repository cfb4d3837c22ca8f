# frozen_string_literal: true

require "support/rspec"
require "support/reference"

RSpec.describe "Arbitration through Redis", :integration do
  namespace = "mail_room:gitlab"

  # Seconds that claims of a process that died hold others off, and some more.
  after_a_crash = 90

  # @return [Hash] settings of a mailbox that several processes watch
  def shared(inbox = self.inbox, **others)
    settings(inbox, arbitration_method: "redis",
                    arbitration_options: { redis_url: redis.url, namespace: "mail_room:gitlab" }, **others)
  end

  def fill(count, inbox = self.inbox)
    dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
  end

  # Every message has become one job, and all are marked. gitlab-mail_room marks them first.
  def expect_each_once(count, inboxes: [inbox], limit: 60)
    Wait.until(limit, what: "all marks") { inboxes.all? { |inbox| inbox.unseen.zero? } }
    Wait.until(limit, what: "#{count} jobs") { redis.job_count >= count }
    expect(delivered_numbers.sort).to eq((1..count).to_a)
  end

  # @return [Array<String>] the keys of claims
  def claims
    redis.client.keys("#{namespace}:delivered:*").sort
  end

  define_method(:namespace) { namespace }

  it "lets two processes drain one mailbox, every message once" do
    fill(2_000)
    2.times { mail_room(shared) }
    expect_each_once(2_000)
    expect(processes).to all(be_alive)
  end

  it "works off a backlog in the order of the messages, each once, and removes them all" do
    count = 6_000
    mail_room(shared(delete_after_delivery: true, expunge_deleted: true)).wait_for_action("Idling")
    fill(count)
    process = processes.last
    process.wait_until(60, what: "#{count} jobs") { redis.job_count >= count }
    process.wait_until(what: "an empty mailbox") { inbox.count.zero? }
    expect(delivered_numbers).to eq((1..count).to_a)
    expect(process.everything).not_to match(/"severity":"(WARN|ERROR)"/)
  end

  it "lets two processes take what comes in while both watch, every message once" do
    2.times { mail_room(shared).wait_for_action("Idling") }
    (1..100).each_slice(10) { |numbers| inbox.append(*numbers.map { |number| Mails.small(number) }) }
    expect_each_once(100)
  end

  it "goes together with a process of gitlab-mail_room, every message once" do
    skip "there is no reference gem; bin/setup fetches it where Debian has it" unless Reference.available?

    fill(100)
    launch({ mailboxes: [shared] }, command: Reference::COMMAND, env: Reference::ENVIRONMENT)
    mail_room(shared)
    processes.each { |process| process.wait_for_action("Idling") }
    (101..300).each_slice(10) { |numbers| inbox.append(*numbers.map { |number| Mails.small(number) }) }
    expect_each_once(300)
    expect(processes).to all(be_alive)
  end

  it "leaves to gitlab-mail_room what that one has claimed" do
    fill(2)
    redis.client.set("#{namespace}:delivered:1", "1", ex: 600)
    process = mail_room(shared)
    process.wait_until(what: "the mark") { inbox.unseen == 1 }
    process.wait_for_action("Idling")
    expect(delivered_numbers).to eq([2])
    expect(inbox.uids("UNSEEN")).to eq([1])
  end

  it "does not let equal UIDs of two mailboxes hold each other up" do
    other = new_inbox
    fill(20)
    dovecot.fill(other.user, (21..40).map { |number| Mails.small(number) })
    expect(inbox.uids).to eq(other.uids)

    mail_room(shared)
    mail_room(shared(other))
    expect_each_once(40, inboxes: [inbox, other])
  end

  it "does not let equal UIDs of two mailboxes of one process hold each other up" do
    other = new_inbox
    fill(20)
    dovecot.fill(other.user, (21..40).map { |number| Mails.small(number) })
    mail_room(shared, shared(other))
    expect_each_once(40, inboxes: [inbox, other])
  end

  describe "after a kill -9 in the middle of a drain" do
    let!(:killed) do
      fill(500)
      mail_room(shared)
    end

    it "a second process delivers the rest, every message once" do
      Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count >= 20 }
      killed.kill9
      mail_room(shared)
      expect_each_once(500, limit: after_a_crash)
    end

    it "a second process that runs already delivers the rest, every message once" do
      mail_room(shared)
      Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count >= 20 }
      killed.kill9
      expect_each_once(500, limit: after_a_crash)
    end

    it "and after many more of them, every message has become one job" do
      random = Random.new(1)
      6.times do
        # The one place where time is meant to pass: the moment of a crash is nothing one can wait for.
        sleep random.rand * 0.5
        killed.kill9
        killed.restart
      end
      expect_each_once(500, limit: after_a_crash)
    end
  end

  describe "the keys" do
    it "of a settled message expire in ten minutes, and the old one names the other" do
      fill(1)
      mail_room(shared)
      expect_delivered(1)
      processes.last.term
      expect(processes.last.exit_status).to eq(0)

      account = "#{inbox.user}@#{inbox.host}"
      own = claims.find { |key| key.start_with?("#{namespace}:delivered:#{account}:INBOX:") }
      expect(own).to match(/:\d+:1\z/)
      expect(claims).to contain_exactly(own, "#{namespace}:delivered:1")
      expect(redis.client.get("#{namespace}:delivered:1")).to eq(own)
      expect(claims.map { |key| redis.client.ttl(key) }).to all(be_between(1, 600))
    end

    it "of a message that is being delivered expire soon" do
      folder = Servers::Folder.new("recorder").tap { |new| disposables << new }
      fill(1)
      process = program("run", shared(delivery_klass: "Recorder", delivery_method: nil,
                                      delivery_options: { folder: folder.path, behaviour: "hang_once" }))
      process.wait_until(what: "an attempt") { File.exist?(folder.join("attempts")) }
      expect(claims.size).to eq(2)
      expect(claims.map { |key| redis.client.ttl(key) }).to all(be_between(1, 60))
    end
  end

  # Held still, so that it does not begin its next attempt; then killed, so that nothing but the failure let go.
  it "lets go of a message as soon as its delivery has failed, so that another process takes it" do
    folder = Servers::Folder.new("recorder").tap { |new| disposables << new }
    fill(1)
    failing = program("run", shared(delivery_klass: "Recorder", delivery_method: nil,
                                    delivery_options: { folder: folder.path, behaviour: "refuse" }))
    failing.wait_until(what: "an attempt") { File.exist?(folder.join("attempts")) }
    failing.wait_until(what: "the end of the claim") { claims.empty? }
    failing.kill9
    expect(claims).to eq([])

    mail_room(shared)
    expect_delivered(1)
  end
end
