# frozen_string_literal: true

RSpec.describe MailRoom::Email do
  def parse(text)
    described_class.parse(text.gsub(/\r?\n/, "\r\n"))
  end

  # Everything it can be asked.
  def answers(email)
    fields = %i[to cc from reply_to sender delivered_to received_recipients subject message_id in_reply_to references
                date auto_generated? text html]
    fields.to_h { |field| [field, email.public_send(field)] }
          .merge(attachments: email.attachments.map { |file| [file.name, file.size, file.content.bytesize] })
  end

  describe "headers" do
    let(:email) do
      parse(<<~MAIL)
        Delivered-To: first@example.com
        Received: from a by b for <one@example.com> and for <two@example.com>; Tue, 3 Sep 2024 13:20:30 +0200
        Received: from c by d (for nobody)
        Received: from e by f for
         <three@example.com>
        Delivered-To: second@example.com
        From: =?UTF-8?Q?J=C3=BCrgen?= <juergen@example.com>
        Sender: robot@example.com
        Reply-To: "Desk, The" <desk@example.com>
        To: Team: ann@example.com, "B, Bob" <bob@example.com>;, (Cee) cee@example.com
        Cc: nobody:;
        Subject: =?iso-8859-1?q?Gr=FC=DFe?=
         =?utf-8?b?IGFuIGFsbGU=?= und mehr
        Message-ID: <id@example.com>
        In-Reply-To: <parent@example.com>
        References: <first@example.com>,<parent@example.com>
        Date: Tue, 3 Sep 2024 13:20:30 +0230
        X-Thing: a
         folded   value
        x-thing: =?utf-8?q?=E2=82=AC?=

        Hi.
      MAIL
    end

    it "tells addresses with and without their names" do
      expect(email).to have_attributes(to: %w[ann@example.com bob@example.com cee@example.com], cc: [],
                                       from: ["juergen@example.com"], reply_to: ["desk@example.com"],
                                       sender: ["robot@example.com"])
    end

    it "tells whom servers had it for" do
      expect(email).to have_attributes(delivered_to: %w[first@example.com second@example.com],
                                       received_recipients: %w[one@example.com three@example.com])
    end

    it "tells subject, ids and date" do
      expect(email).to have_attributes(subject: "Grüße an alle und mehr", message_id: "id@example.com",
                                       in_reply_to: ["parent@example.com"],
                                       references: %w[first@example.com parent@example.com])
      expect(email.date).to eq(Time.utc(2024, 9, 3, 10, 50, 30))
      expect(email.date.utc_offset).to eq(9000)
    end

    it "tells any other by its name, in any case" do
      expect(email.headers("X-THING")).to eq(["a folded   value", "€"])
      expect(email.header("X-Thing".encode("UTF-16LE"))).to eq("a folded   value")
      expect([email.header(:"x-thing"), email.header("X-None"), email.headers("X-None")])
        .to eq(["a folded   value", nil, []])
    end

    it "counts the last of a field that may stand once" do
      twice = parse("To: a@example.com\nTo: b@example.com\nSubject: one\nSubject: two\n\n")
      expect(twice).to have_attributes(to: ["b@example.com"], subject: "two")
      expect(twice.headers("To")).to eq(%w[a@example.com b@example.com])
    end

    it "knows an auto-reply as GitLab does" do
      { "Auto-Submitted: auto-replied" => true, "Auto-Submitted: no" => false, "X-Autoreply: yes" => true,
        "Precedence: bulk" => false }.each do |header, auto_generated|
        expect(parse("#{header}\n\n").auto_generated?).to be(auto_generated), header
      end
    end

    it "shows nothing of the message when inspected" do
      expect(email.inspect).to eq('#<MailRoom::Email "id@example.com">')
    end
  end

  describe "body" do
    let(:email) do
      parse(<<~MAIL)
        Content-Type: multipart/mixed; boundary=out

        --out
        Content-Type: multipart/alternative; boundary="in side"

        --in side
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        caf=E9 =
        cr=E8me
        --in side
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PGI+4oKsPC9iPg==
        --in side--
        --out
        Content-Type: image/png

        x
        --out--
      MAIL
    end

    it "tells text and HTML" do
      expect(email).to have_attributes(text: "café crème", html: "<b>€</b>")
    end

    it "tells everything else as attachments" do
      expect(email.attachments.map(&:content_type)).to eq(["image/png"])
    end

    it "makes no text of HTML, and no HTML of text" do
      expect(parse("Content-Type: text/html\n\n<p>Hi")).to have_attributes(text: nil, html: "<p>Hi", attachments: [])
      expect(parse("Subject: x\n\nHi")).to have_attributes(text: "Hi", html: nil, attachments: [])
    end

    { "iso-2022-jp" => "日本語のメール", "shift_jis" => "日本語のメール", "windows-1252" => "5 € “naïve”",
      "koi8-r" => "Привет, мир", "gb18030" => "你好，世界", "utf-16" => "Grüße\n" }.each do |charset, text|
      it "reads #{charset}" do
        body = [text.encode(charset)].pack("m")
        email = parse("Content-Type: text/plain; charset=#{charset}\nContent-Transfer-Encoding: base64\n\n#{body}")
        expect(email.text).to eq(text)
      end
    end

    it "reads a charset that is unknown or wrong as what it looks like" do
      latin = "un café très sérieux".encode("iso-8859-1").b
      %w[nonsense us-ascii utf-8].each do |charset|
        expect(parse("Content-Type: text/plain; charset=#{charset}\n\n".b + latin).text).to eq("un café très sérieux")
      end
      expect(parse("Content-Type: text/plain; charset=latin1\n\nGrüße").text).to eq("Grüße")
      expect(parse("Content-Type: text/plain; charset=utf-8\n\nGrüße €".b.chop).text).to eq("Grüße \uFFFD")
    end
  end

  describe "with bytes that are no message" do
    it "has no answers" do
      ["", "\0", "\r\n\r\n", "\xff\xfe", "no header", nil].each do |raw|
        expect(answers(described_class.parse(raw)))
          .to include(to: [], from: [], subject: nil, message_id: nil, references: [], date: nil,
                      auto_generated?: false, html: nil, attachments: [])
      end
    end

    it "takes a String of any encoding, also a frozen one" do
      raw = "Subject: Gr\u00FC\u00DFe\n\nHi"
      [raw, raw.b, raw.dup.force_encoding("UTF-16LE"), raw.dup.force_encoding("Shift_JIS")].each do |text|
        expect(described_class.parse(text.freeze)).to have_attributes(subject: "Grüße", text: "Hi")
      end
    end

    it "can be read when it is frozen" do
      email = described_class.parse("Subject: x\n\nHi").freeze
      expect(email).to have_attributes(subject: "x", text: "Hi", attachments: [], date: nil)
    end

    it "skips blank lines before the headers" do
      expect(described_class.parse("\n \r\n\nSubject: x\n\nHi")).to have_attributes(subject: "x", text: "Hi")
    end

    it "knows what is no date" do
      ["", "soon", "Tue, 99 Foo 2024 99:99:99 +9999", "32 Dec 2024 00:00:00 +0000"].each do |date|
        expect(parse("Date: #{date}\n\n").date).to be_nil
      end
    end

    it "knows no other offset for one that is none" do
      { "+2359" => 86_340, "EST" => -18_000, "-0000" => 0, "+9959" => nil, "-2400" => nil, "+0160" => nil, "" => nil }
        .each { |zone, offset| expect(parse("Date: 1 Jan 2024 00:00:00 #{zone}\n\n").date&.utc_offset).to eq(offset) }
      expect(parse("Date: Mon, 1 Jan 2024 23:59:60 +0000\n\n").date).to be_nil
    end

    it "reads a mail cut off after any byte" do
      raw = File.binread(File.expand_path("../fixtures/mails/html_alternative.eml", __dir__))
      whole = described_class.parse(raw).text
      texts = (0..raw.bytesize).map { |length| answers(described_class.parse(raw.byteslice(0, length)))[:text] }
      expect(texts.last).to eq(whole)
      expect(texts.compact.map(&:valid_encoding?)).to all(be(true))
    end

    it "reads NULs" do
      email = parse("Subject: a\0b\nTo: a\0@example.com\n\nx\0y")
      expect(email).to have_attributes(subject: "a\0b", to: ["a\0@example.com"], text: "x\0y")
    end
  end

  describe "with parts that are malformed" do
    it "takes what follows an inner multipart that is never closed for its last part" do
      email = parse(<<~MAIL)
        Content-Type: multipart/mixed; boundary=out

        --out
        Content-Type: multipart/alternative; boundary=inside

        --inside

        Hi
        --inside
        Content-Type: text/html

        <p>Hi
        --out
        Content-Type: image/png; name=a.png

        x
        --out--
      MAIL
      expect(email).to have_attributes(text: "Hi", html: start_with("<p>Hi\n--out\n"), attachments: [])
    end
  end

  # What takes more than linear time here meets the limit of every example.
  describe "with a great deal of everything" do
    it "reads 10,000 parts" do
      part = "--x\r\nContent-Disposition: attachment; filename=a\r\n\r\nhi\r\n"
      email = described_class.parse("Content-Type: multipart/mixed; boundary=x\r\n\r\n#{part * 10_000}--x--\r\n")
      expect(email.attachments.sum(&:size)).to eq(20_000)
    end

    it "reads parts within parts, 1,000 deep" do
      nested = (0...1000).map { |n| "Content-Type: multipart/mixed; boundary=b#{n}\r\n\r\n--b#{n}\r\n" }.join
      expect(described_class.parse("#{nested}\r\ndeep").text).to eq("deep")
    end

    it "does not take apart what is made to take minutes, and reads its headers" do
      part = "--x\r\nContent-Type: multipart/mixed; boundary=absent\r\n\r\nhi\r\n"
      raw = "Subject: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n#{part * 100_000}"
      expect(described_class.parse(raw)).to have_attributes(subject: "x", text: nil, html: nil, attachments: [])
    end

    it "reads messages within messages, 100,000 deep" do
      email = described_class.parse("Content-Type: message/rfc822\r\n\r\n" * 100_000)
      expect(email.attachments.map(&:content_type)).to eq(["message/rfc822"])
    end
  end
end
