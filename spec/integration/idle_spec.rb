# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Waiting for new mail", :integration do
  it "delivers a message that arrives while it idles" do
    mail_room.wait_for_action("Idling")
    inbox.append(Mails.small(1))
    expect_delivered(1)
  end

  it "goes on doing so" do
    mail_room.wait_for_action("Idling")
    (1..4).each do |number|
      inbox.append(Mails.small(number))
      expect_delivered(1..number)
    end
  end

  # The gap in which a client knows neither by its search nor by IDLE.
  it "misses none of the messages that arrive one after the other" do
    mail_room.wait_for_action("Idling")
    (1..60).each { |number| dovecot.fill(inbox.user, [Mails.small(number)]) }
    expect_delivered(1..60)
  end

  it "begins IDLE anew after idle_timeout, though the server keeps saying that it is still there" do
    dovecot.record(inbox.user)
    process = mail_room(settings(idle_timeout: 3))
    process.wait_for_action("Idling")
    process.wait_until(30, what: "three rounds of IDLE") { dovecot.commands(inbox.user).grep(/\AIDLE/i).size >= 3 }
    expect(dovecot.commands(inbox.user).grep(/\ADONE/i)).not_to be_empty

    inbox.append(Mails.small(1))
    expect_delivered(1)
  end

  describe "on a server without IDLE" do
    let(:server) { own(Servers::Dovecot.new(without: ["IDLE"])) }
    let(:inbox) { new_inbox(server) }

    it "looks for itself every idle_timeout" do
      server.record(inbox.user)
      process = mail_room(settings(idle_timeout: 1))
      process.wait_until(what: "a first look") { server.commands(inbox.user).grep(/SEARCH/i).any? }
      inbox.append(Mails.small(1))
      expect_delivered(1)
      expect(server.commands(inbox.user).grep(/\AIDLE/i)).to eq([])
    end
  end

  describe "on a server that goes away" do
    let(:server) { own(Servers::Dovecot.new) }
    let(:inbox) { new_inbox(server) }

    it "comes back when the server does" do
      mail_room.wait_for_action("Idling")
      server.restart
      inbox.append(Mails.small(1))
      expect_delivered(1, limit: 60)
    end

    it "comes back to a server that stayed away for a while" do
      mail_room.wait_for_action("Idling")
      server.stop
      wait_for_error
      server.start
      inbox.append(Mails.small(1))
      expect_delivered(1, limit: 60)
    end

    # Connected, but nobody at home: only a deadline of the client's own ends this.
    it "notices a server that is there but answers no more" do
      deadlines = { idle_timeout: 1, done_timeout: 1, command_timeout: 1, greeting_timeout: 1 }
      mail_room(settings(**deadlines)).wait_for_action("Idling")
      server.pause
      wait_for_error(limit: 30)
      server.resume
      inbox.append(Mails.small(1))
      expect_delivered(1, limit: 60)
    end
  end
end
