# frozen_string_literal: true

require "support/rspec"
require "support/crash_walk"
require "support/postback_helpers"

# The life of a message has seven steps. Whichever of them is the last one of a process that dies, the next process
# loses nothing, and does nothing twice that can be helped.
RSpec.describe "A mail_room that dies at a step of a pass", :crash_walk, :integration, :postback, limit: 900 do
  def settings_of(crash_case, inbox)
    place = crash_case.delivery == :postback ? web.url("") : redis.url
    settings(inbox, **crash_case.settings(place, redis.url))
  end

  def filled_inbox
    new_inbox.tap { |inbox| dovecot.fill(inbox.user, CrashCase::MAILS.map { |number| Mails.small(number) }) }
  end

  # @return [Array<Integer>] the messages with which something is still to be done
  def unsettled(crash_case, inbox)
    inbox.uids(crash_case.deleting ? "ALL" : "UNSEEN")
  end

  def panic(mailboxes, point)
    launch({ mailboxes: mailboxes }, command: CrashWalk::COMMAND, env: { "MAIL_ROOM_PANIC_AT" => point })
  end

  it "has lost nothing, and doubled only what no arbiter could know of" do
    expect_survived(CrashCase.all.to_h { |crash_case| [crash_case, filled_inbox] })
  end

  # Messages on their way become jobs all the same, and the process lives on.
  it "goes on, when it is only a panic: it is counted, and each message becomes one job" do
    cases = CrashCase.all.select { |one| one.delivery == :sidekiq && one.arbitrated && one.deleting }
    panicking = cases.to_h do |crash_case|
      inbox = filled_inbox
      [crash_case, [inbox, panic([settings_of(crash_case, inbox)], crash_case.crash_at)]]
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
    raise "run `rake crash_points` first" unless CrashWalk.built?

    frozen = own(Servers::Dovecot.new)
    panicking = new_inbox(frozen)
    frozen.fill(panicking.user, CrashCase::MAILS.map { |number| Mails.small(number) })
    web.decide { |_request| web.requests.one? ? Servers::Web::ACCEPTED.tap { frozen.pause } : Servers::Web::ACCEPTED }
    mailboxes = [postback(panicking), settings(inbox)]
    process = panic(mailboxes, "accepted:1")
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
