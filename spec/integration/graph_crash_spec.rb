# frozen_string_literal: true

require "support/rspec"
require "support/crash_walk"
require "support/graph_places"

# Marks and deletions are requests of their own, and each request may be the last.
RSpec.describe "A mail_room that dies over a mailbox on Microsoft Graph", :crash_walk, :graph_places, :integration do
  def settings_of(crash_case, place)
    target = crash_case.delivery == :postback ? web.url("") : redis.url
    place.settings(**crash_case.settings(target, redis.url).except(:expunge_deleted))
  end

  def unsettled(crash_case, place)
    numbers(crash_case.deleting ? place.box.messages : place.box.unread)
  end

  def numbers(messages)
    messages.map { |message| Mails.number(message.raw) }
  end

  def filled_place(crash_case)
    place(crash_case.id).tap { |one| one.deliver(CrashCase::MAILS) }
  end

  def violations
    all_places.flat_map { |one| one.graph.violations }
  end

  it "at a step of a pass has lost nothing, and doubled only what no arbiter could know of" do
    expect_survived(CrashCase.all.to_h { |crash_case| [crash_case, filled_place(crash_case)] })
    expect(violations).to eq([])
  end

  describe "at a request" do
    # What becomes of its last request: nothing is done of it, or everything, and nobody hears of that.
    moments = %i[unheard unanswered]

    # @return [Integer] how many requests it takes until nothing is left to be done
    def requests_of(crash_case)
      place = filled_place(crash_case)
      process = mail_room(settings_of(crash_case, place))
      process.wait_until(what: "all marks") { unsettled(crash_case, place).empty? }
      process.kill9
      place.graph.requests(parts: false).size
    end

    # @return [Array<CrashCase>] one for each request, with its number in the name of the step
    def cases_of(moment, **kind)
      count = requests_of(CrashCase.new(step: "counted #{moment}", **kind))
      Array.new(count) { |index| CrashCase.new(step: "#{moment} #{index + 1}", **kind) }
    end

    # Takes down what was delivered and not marked by then.
    def kill(pid, crash_case, place)
      Process.kill("KILL", pid)
      marked = numbers(place.box.messages("deleteditems") + place.box.messages.select(&:read?))
      exposed[crash_case] = delivered(crash_case).map(&:first) - marked
    end

    def exposed
      @exposed ||= {}
    end

    def kill_at_request(crash_case, place)
      pids = Queue.new
      moment, nth = crash_case.step.split
      kill = ->(_request) { kill(pids.pop, crash_case, place) }
      place.graph.fault(nil, part: false, times: nth.to_i - 1)
      place.graph.fault(nil, part: false, **(moment == "unheard" ? { hang_up: true } : { done: kill }),
                        &(kill if moment == "unheard"))
      process = mail_room(settings_of(crash_case, place))
      pids << process.pid
      "signal #{process.status(60).termsig}"
    rescue Wait::TimedOut
      "nothing"
    end

    it "has lost nothing, and doubled only what no arbiter could know of" do
      kinds = [{ delivery: :postback, arbitrated: false, deleting: true },
               { delivery: :sidekiq, arbitrated: false, deleting: false }]
      cases = moments.product(kinds).flat_map { |moment, kind| cases_of(moment, **kind) }
      cases += cases_of(:unanswered, delivery: :postback, arbitrated: true, deleting: true)
      inboxes = cases.to_h { |crash_case| [crash_case, filled_place(crash_case)] }
      ends = crash_all(inboxes) { |*pair| kill_at_request(*pair) }
      expect(ends.values.tally).to eq("signal 9" => cases.size)
      take_over(inboxes)
      expect_outcomes(inboxes) { |crash_case| crash_case.arbitrated ? [] : exposed[crash_case] }
      expect(violations).to eq([])
    end
  end
end
