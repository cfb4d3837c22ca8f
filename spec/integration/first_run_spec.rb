# frozen_string_literal: true

require "support/rspec"
require "support/postback_helpers"

# A mailbox that was in use before mail_room came may hold years of unread mail.
RSpec.describe "A first batch that is surprisingly large", :integration, :postback do
  def limited(limit = 20, **others)
    postback(first_run_limit: limit, idle_timeout: 1, **others)
  end

  def fill(numbers)
    dovecot.fill(inbox.user, numbers.map { |number| Mails.small(number) })
  end

  # @return [Array<Hash>]
  def refusals(process = processes.last)
    process.log.select { |line| line["action"] == "first batch refused" }
  end

  # Waits for some more looks at the mailbox.
  def look_again(process = processes.last)
    before = idling(process)
    process.wait_until(30, what: "more looks at the mailbox") { idling(process) >= before + 2 }
  end

  def idling(process)
    process.log.count { |line| line["action"] == "Idling" }
  end

  def expect_untouched(count)
    expect(web.requests).to be_empty
    expect(inbox.flags.values.flatten).to be_empty
    expect(inbox.unseen).to eq(count)
  end

  it "is left alone, and the log says what to do" do
    fill(1..30)
    dovecot.record(inbox.user)
    mail_room(limited(arbitration_method: "redis", arbitration_options: { redis_url: redis.url }))
    look_again
    expect_untouched(30)
    expect(redis.client.keys("delivered:*")).to be_empty
    expect(dovecot.commands(inbox.user).grep(/BODY|SIZE|STORE/)).to be_empty

    expect(refusals).to contain_exactly(include("severity" => "ERROR", "unread" => 30, "first_run_limit" => 20))
    expect(refusals.first["error"]).to eq("30 messages are unread, and first_run_limit is 20: nothing is delivered")
    expect(refusals.first["hint"]).to include("mark old messages as read", "raise or remove first_run_limit")
  end

  it "is delivered as far as nobody has marked it as read" do
    fill(1..30)
    mail_room(limited)
    look_again
    inbox.mark((1..5).to_a, :Seen)
    processes.last.wait_until(30, what: "the second line") { refusals.size == 2 }
    expect(refusals.map { |line| line["unread"] }).to eq([30, 25])
    inbox.mark((6..15).to_a, :Seen)
    wait_for_marks(limit: 60)
    expect(posted_numbers).to eq((16..30).to_a)
    expect(refusals.size).to eq(2)
  end

  { "raised" => 30, "removed" => nil, "0" => 0 }.each do |word, limit|
    it "is delivered after a restart when the limit was #{word}" do
      fill(1..30)
      process = mail_room(limited(29))
      look_again
      process.term
      expect(process.exit_status).to eq(0)
      expect_untouched(30)

      mail_room(limited(limit))
      wait_for_marks
      expect(posted_numbers).to eq((1..30).to_a)
      expect(refusals).to be_empty
    end
  end

  it "is the first one alone: what comes later may be more" do
    mail_room(limited(2)).wait_for_action("Idling")
    fill(1..30)
    wait_for_marks
    expect(posted_numbers).to eq((1..30).to_a)
    expect(refusals).to be_empty
  end

  it "is counted as a whole, whatever is fetched together" do
    fill(1..30)
    mail_room(limited(limit_max_unread: 5))
    look_again
    expect_untouched(30)
  end

  it "is what search_command finds" do
    fill(1..30)
    mail_room(limited(search_command: 'UNSEEN SUBJECT "mail 0001"'))
    processes.last.wait_until(what: "ten requests") { inbox.unseen == 20 }
    expect(posted_numbers).to eq((10..19).to_a)
  end

  it "does not keep a process from ending, nor another mailbox from being served" do
    fill(1..30)
    other = new_inbox
    other.append(Mails.small(31))
    process = mail_room(limited, postback(other))
    wait_for_marks(other)
    look_again
    process.term
    expect(process.exit_status).to eq(0)
    expect(posted_numbers).to eq([31])
  end
end
