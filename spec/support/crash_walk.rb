# frozen_string_literal: true

require_relative "crash_case"
require_relative "mail_room_process"
require_relative "postback_helpers"

# For examples in which many processes die, each at a step of its own, and one takes over from all of them. They say
# how their mailboxes are configured, `settings_of(crash_case, inbox)`, and with which messages something is still to
# be done, `unsettled(crash_case, inbox)`.
module CrashWalk
  # Starting all at once would have them wait for each other.
  AT_ONCE = 6

  # Seconds: claims of a dead process hold off others for half a minute.
  AFTER_A_CRASH = 120

  # Built by `rake crash_points`.
  FOLDER = "tmp/crash_points"
  COMMAND = [RbConfig.ruby, "-I#{FOLDER}", *MailRoomProcess::RUBY.drop(1), "exe/mail_room"].freeze

  def self.built?
    Dir.exist?(FOLDER)
  end

  # @return [String] what ended the process
  def crash(crash_case, inbox)
    config = { mailboxes: [settings_of(crash_case, inbox)] }
    process = launch(config, command: COMMAND, env: { "MAIL_ROOM_CRASH_AT" => crash_case.crash_at })
    status = process.status(60)
    "signal #{status.termsig} at #{process.stderr[/^crash point: (.*)/, 1].to_s.downcase}"
  rescue Wait::TimedOut
    "nothing"
  end

  # Several at a time.
  # @yieldreturn [String] how a process ended
  # @return [Hash{CrashCase => String}]
  def crash_all(inboxes)
    # Each is started by whoever asks for it first, and the threads would all do so.
    [web, redis].each(&:port)
    queue = Queue.new.tap { |all| inboxes.each { |pair| all << pair } }.close
    workers = Array.new(AT_ONCE) do
      Thread.new do
        ends = {}
        while (crash_case, inbox = queue.pop)
          ends[crash_case] = yield(crash_case, inbox)
        end
        ends
      end
    end
    workers.map(&:value).reduce(:merge)
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

  # @param inboxes [Hash{CrashCase => Object}]
  def expect_survived(inboxes)
    raise "run `rake crash_points` first" unless CrashWalk.built?

    crashes = inboxes.keys.to_h { |crash_case| [crash_case, "signal 9 at #{crash_case.step}"] }
    expect(crash_all(inboxes) { |*pair| crash(*pair) }).to eq(crashes)
    take_over(inboxes)
    expect_outcomes(inboxes) { |crash_case, doubled| crash_case.explains?(doubled) ? doubled : crash_case.doubled }
  end

  # @yieldparam crash_case [CrashCase]
  # @yieldparam doubled [Array<Integer>] the messages that came twice
  # @yieldreturn [Array<Integer>] those that were to
  def expect_outcomes(inboxes)
    outcomes = inboxes.to_h { |crash_case, inbox| [crash_case, outcome(crash_case, inbox)] }
    expected = outcomes.to_h do |crash_case, outcome|
      doubled = yield(crash_case, outcome[:doubled])
      [crash_case.to_s, { lost: [], doubled: doubled, ids: CrashCase::MAILS.size, left: [] }]
    end
    expect(outcomes.transform_keys(&:to_s)).to eq(expected)
  end

  # One process does what the dead ones have left.
  def take_over(inboxes)
    mail_room(*inboxes.map { |pair| settings_of(*pair) })
    processes.last.wait_until(AFTER_A_CRASH, what: "all marks") do
      inboxes.all? { |pair| unsettled(*pair).empty? }
    end
    processes.last.term
    expect(processes.last.exit_status).to eq(0)
  end
end

RSpec.configure do |config|
  config.include CrashWalk, :crash_walk
end
