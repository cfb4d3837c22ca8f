# frozen_string_literal: true

require "support/rspec"

RSpec.describe "An IMAP mailbox", :integration do
  describe "logging in" do
    it "takes the password by AUTHENTICATE PLAIN when auth_method says so" do
      inbox.append(Mails.small(1))
      mail_room(settings(auth_method: "plain"))
      expect_delivered(1)
    end

    it "takes a password with every character that IMAP would have to quote" do
      dovecot.add_user("quoting", "a \"quoted\\ pässword {3}")
      inbox = dovecot.inbox("quoting")
      dovecot.fill("quoting", [Mails.small(1)])
      mail_room(settings(inbox))
      processes.last.wait_until(what: "a job") { redis.job_count == 1 }
      expect(delivered_numbers).to eq([1])
    end

    it "takes the mailbox's name in the case that GitLab writes it" do
      inbox.append(Mails.small(1))
      mail_room(settings(name: "inbox"))
      expect_delivered(1)
    end

    it "opens another mailbox than INBOX, with a name beyond ASCII" do
      inbox.session { |imap| imap.create(Net::IMAP.encode_utf7("Büro & Ablage")) }
      office = dovecot.inbox(inbox.user, mailbox: Net::IMAP.encode_utf7("Büro & Ablage"))
      office.append(Mails.small(7))
      mail_room(settings(name: "Büro & Ablage"))
      expect_delivered(7, inbox: office)
    end
  end

  describe "marking" do
    it "marks messages as seen, and only that" do
      inbox.append(Mails.small(1), Mails.small(2))
      mail_room
      expect_delivered(1..2)
      expect(inbox.flags).to eq(1 => [:Seen], 2 => [:Seen])
    end

    it "marks nothing before the delivery has taken the message" do
      redis = own(Servers::Redis.new)
      mail_room(settings(delivery: { redis_url: redis.url }))
      processes.last.wait_for_action("Idling")
      redis.pause
      inbox.append(Mails.small(1))
      processes.last.wait_for_action("sending to deliverer")
      expect(inbox.flags).to eq(1 => [])

      redis.resume
      processes.last.wait_until(60, what: "the mark") { inbox.flags == { 1 => [:Seen] } }
    end

    it "never asks for a message in a way that marks it" do
      dovecot.record(inbox.user)
      inbox.append(Mails.small(1))
      mail_room
      expect_delivered(1)
      fetches = dovecot.commands(inbox.user).grep(/FETCH.*(BODY|RFC822)/i)
      expect(fetches).not_to be_empty
      expect(fetches.grep(/BODY\[|RFC822(?!\.SIZE)/i)).to eq([])
    end

    it "leaves a message alone that somebody else has read" do
      inbox.append(Mails.small(1), flags: [:Seen])
      inbox.append(Mails.small(2))
      mail_room
      expect_delivered(2)
    end
  end

  describe "deleting" do
    it "sets \\Deleted, and leaves the message there, with delete_after_delivery" do
      inbox.append(Mails.small(1), Mails.small(2))
      mail_room(settings(delete_after_delivery: true))
      expect_delivered(1..2)
      expect(inbox.flags.values).to all(include(:Deleted))
    end

    it "removes with expunge_deleted exactly what it delivered" do
      inbox.append(Mails.small(1), Mails.small(2), Mails.small(3))
      inbox.mark(2, :Seen, :Deleted)
      mail_room(settings(delete_after_delivery: true, expunge_deleted: true))

      processes.last.wait_until(what: "the expunge") { inbox.count == 1 }
      expect(inbox.flags).to match(2 => contain_exactly(:Seen, :Deleted))
      expect(delivered_numbers).to contain_exactly(1, 3)
    end

    it "removes with expunge_deleted nothing but what it delivered, many at once" do
      dovecot.fill(inbox.user, (1..300).map { |number| Mails.small(number) })
      others = (5..300).step(5).to_a
      inbox.mark(others, :Seen, :Deleted)
      mail_room(settings(delete_after_delivery: true, expunge_deleted: true))

      processes.last.wait_until(30, what: "the expunge") { inbox.count == others.size }
      expect(delivered_numbers).to match_array((1..300).to_a - others)
      expect(inbox.uids).to match_array(others)
    end
  end

  describe "searching" do
    it "looks for what search_command says" do
      inbox.append(Mails.small(1), Mails.small(2), Mails.fixture("reply"))
      mail_room(settings(search_command: 'UNSEEN SUBJECT "mail 00002"'))
      processes.last.wait_until(what: "a job") { redis.job_count == 1 }
      processes.last.wait_until(what: "the mark") { inbox.flags == { 1 => [], 2 => [:Seen], 3 => [] } }
      expect(delivered_numbers).to eq([2])
    end
  end
end
