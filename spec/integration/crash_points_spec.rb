# frozen_string_literal: true

require "support/rspec"
require "support/crash_case"
require "support/postback_helpers"

# The life of a message has seven steps. Whichever of them is the last one of a process that dies, the next process
# loses nothing, and does nothing twice that can be helped.
RSpec.describe "A mail_room that dies at a step of a pass", :integration, :postback, limit: 900 do
  # Starting all at once would have them wait for each other.
  at_once = 6

  # Claims of a dead process hold off others for half a minute.
  after_a_crash = 120

  # Built by `rake crash_points`.
  folder = "tmp/crash_points"
  command = [RbConfig.ruby, "-I#{folder}", *MailRoomProcess::RUBY.drop(1), "exe/mail_room"]

  def settings_of(crash_case, inbox)
    place = crash_case.delivery == :postback ? web.url("") : redis.url
    settings(inbox, **crash_case.settings(place, redis.url))
  end

  def filled_inbox
    new_inbox.tap { |inbox| dovecot.fill(inbox.user, CrashCase::MAILS.map { |number| Mails.small(number) }) }
  end

  # @return [String] what ended the process
  define_method(:crash) do |crash_case, inbox|
    config = { mailboxes: [settings_of(crash_case, inbox)] }
    process = launch(config, command: command, env: { "MAIL_ROOM_CRASH_AT" => crash_case.crash_at })
    status = process.status(60)
    "signal #{status.termsig} at #{process.stderr[/^crash point: (.*)/, 1].to_s.downcase}"
  rescue Wait::TimedOut
    "nothing"
  end

  # Several at a time.
  define_method(:crash_all) do |inboxes|
    # Each is started by whoever asks for it first, and the threads would all do so.
    [web, redis].each(&:port)
    queue = Queue.new.tap { |all| inboxes.each { |pair| all << pair } }.close
    workers = Array.new(at_once) do
      Thread.new do
        ends = {}
        while (crash_case, inbox = queue.pop)
          ends[crash_case] = crash(crash_case, inbox)
        end
        ends
      end
    end
    workers.map(&:value).reduce(:merge)
  end

  # @return [Array<Integer>] the messages with which something is still to be done
  def unsettled(crash_case, inbox)
    inbox.uids(crash_case.deleting ? "ALL" : "UNSEEN")
  end

  # @return [Array<Array(Integer, String)>] number and id of each message in the order of delivery
  def delivered(crash_case)
    if crash_case.delivery == :postback
      mine = web.requests.select { |request| request.path == "/#{crash_case.id}" }
      mine.map { |request| [Mails.number(request.body), request.headers["x-mailroom-delivery-id"]] }
    else
      redis.jobs(crash_case.id).map { |job| [Mails.number(job["args"].first), job["jid"]] }
    end
  end

  # What a user would notice in the end.
  def outcome(crash_case, inbox)
    deliveries = delivered(crash_case)
    numbers = deliveries.map(&:first)
    { lost: CrashCase::MAILS.to_a - numbers, doubled: numbers.tally.select { |_, times| times > 1 }.keys,
      ids: deliveries.uniq.size, left: unsettled(crash_case, inbox) }
  end

  it "has lost nothing, and doubled only what no arbiter could know of" do
    raise "run `rake crash_points` first" unless Dir.exist?(folder)

    inboxes = CrashCase.all.to_h { |crash_case| [crash_case, filled_inbox] }
    crashes = inboxes.keys.to_h { |crash_case| [crash_case, "signal 9 at #{crash_case.step}"] }
    expect(crash_all(inboxes)).to eq(crashes)

    mail_room(*inboxes.map { |pair| settings_of(*pair) })
    processes.last.wait_until(after_a_crash, what: "all marks") { inboxes.all? { |pair| unsettled(*pair).empty? } }
    processes.last.term
    expect(processes.last.exit_status).to eq(0)
    expected = inboxes.keys.to_h do |crash_case|
      [crash_case.to_s, { lost: [], doubled: crash_case.doubled, ids: CrashCase::MAILS.size, left: [] }]
    end
    outcomes = inboxes.to_h { |crash_case, inbox| [crash_case.to_s, outcome(crash_case, inbox)] }
    expect(outcomes).to eq(expected)
  end

  # Messages on their way become jobs all the same, and the process lives on.
  it "goes on, when it is only a panic: it is counted, and each message becomes one job" do
    cases = CrashCase.all.select { |one| one.delivery == :sidekiq && one.arbitrated && one.deleting }
    panicking = cases.to_h do |crash_case|
      inbox = filled_inbox
      config = { mailboxes: [settings_of(crash_case, inbox)] }
      [crash_case, [inbox, launch(config, command: command, env: { "MAIL_ROOM_PANIC_AT" => crash_case.crash_at })]]
    end
    panicking.each do |crash_case, (inbox, process)|
      process.wait_until(60, what: "all marks after #{crash_case}") { unsettled(crash_case, inbox).empty? }
      line = process.wait_for_action("Watcher panicked. Restarting...")
      expect(line).to include("severity" => "ERROR", "panics" => 1, "error" => /\Apanic point/)
      expect(delivered(crash_case).map(&:first).sort).to eq(CrashCase::MAILS.to_a)
      process.term
      expect(process.exit_status).to eq(0)
    end
  end

  # Its mail server freezes before it can come back, so that it waits for as long as the other needs.
  it "keeps no other mailbox of its process waiting, when it is only a panic" do
    raise "run `rake crash_points` first" unless Dir.exist?(folder)

    frozen = own(Servers::Dovecot.new)
    panicking = new_inbox(frozen)
    frozen.fill(panicking.user, CrashCase::MAILS.map { |number| Mails.small(number) })
    web.decide { |_request| web.requests.one? ? Servers::Web::ACCEPTED.tap { frozen.pause } : Servers::Web::ACCEPTED }
    mailboxes = [postback(panicking), settings(inbox)]
    process = launch({ mailboxes: mailboxes }, command: command, env: { "MAIL_ROOM_PANIC_AT" => "accepted:1" })
    process.wait_for_action("Watcher panicked. Restarting...", email: panicking.user)

    # The first step of the other mailbox with a message comes after the panic.
    inbox.append(Mails.small(7))
    expect_delivered(7)
    expect(posted_numbers).to eq([1])
    frozen.resume
    wait_for_marks(panicking, limit: 90)
    expect(posted_numbers.uniq).to match_array(CrashCase::MAILS)
  end

  it "is none that was built without crash points" do
    dovecot.fill(inbox.user, CrashCase::MAILS.map { |number| Mails.small(number) })
    mail_room(options: { env: { "MAIL_ROOM_CRASH_AT" => "listed" } })
    expect_delivered(CrashCase::MAILS)
    expect(processes.last).to be_alive
  end
end
