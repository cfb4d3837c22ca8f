# frozen_string_literal: true

require "support/rspec"
require "time"

# The time of day is for log lines and tokens. What waits goes by a clock that nobody can set.
RSpec.describe "A clock that is set", :integration do
  let(:library) { Dir["/usr/lib/*/faketime/libfaketimeMT.so.1"].first }
  let(:folder) { Servers::Folder.new("clock").tap { |folder| disposables << folder } }

  before { skip "needs Debian's package libfaketime" unless library }

  # @param distance [String] as "+2d"
  def move_clock(distance)
    folder.write("distance", "#{distance}\n")
  end

  def start(mailbox)
    move_clock("+0")
    env = { "LD_PRELOAD" => library, "FAKETIME_TIMESTAMP_FILE" => folder.join("distance"),
            "FAKETIME_NO_CACHE" => "1", "FAKETIME_DONT_FAKE_MONOTONIC" => "1" }
    mail_room(mailbox, options: { env: env })
  end

  # @return [Time] of the last line of the log
  def told
    Time.iso8601(processes.last.log.last.fetch("time"))
  end

  { "by two days ahead" => ["+2d", 1], "by two days back" => ["-2d", -1] }.each do |what, (distance, sign)|
    it "#{what} is noticed in the log, and nowhere else" do
      arbitration = { arbitration_method: "redis", arbitration_options: { redis_url: redis.url } }
      process = start(settings(idle_timeout: 2, **arbitration))
      process.wait_for_action("Idling")
      inbox.append(Mails.small(1))
      expect_delivered(1)

      move_clock(distance)
      inbox.append(Mails.small(2))
      expect_delivered(1..2)
      expect((told - Time.now) * sign).to be > 86_400
      ticks = process.cpu_ticks
      # Waiting goes on as before: IDLE is begun anew, and not all the time.
      lines = process.log.size
      process.wait_until(30, what: "two more rounds of IDLE") do
        process.log.drop(lines).count { |line| line["action"] == "Idling" } >= 2
      end
      expect(process.cpu_ticks - ticks).to be < 50

      move_clock("+0")
      inbox.append(Mails.small(3))
      expect_delivered(1..3)
      process.term
      expect(process.exit_status).to eq(0)
    end
  end

  it "in the middle of a pause is waited through as announced" do
    process = start(settings(port: Servers::Ports.free))
    process.wait_for_action("Disconnected. Resetting...")
    move_clock("-2d")
    before = process.log.size
    process.wait_until(30, what: "more attempts") { process.log.size >= before + 4 }
    expect(process.cpu_ticks).to be < 200
    process.term
    expect(process.exit_status).to eq(0)
  end
end
