# frozen_string_literal: true

# Messages in one character set each, sent as 8 bit or 7 bit, with enough text to tell the set by its bytes.
module CharsetMails
  TEXTS = {
    "US-ASCII" => <<~TEXT,
      The bridge is indeed broken, I walked over it this morning and could see
      the river through the planks. Please do not send the heavy van tomorrow.
    TEXT
    "UTF-8" => <<~TEXT,
      Schöne Grüße aus Köln, die Brücke ist wieder offen – naïve café 東京 👍
      und am Wochenende kommen wir zurück, wenn die Straße nicht wieder gesperrt wird.
    TEXT
    "ISO-8859-1" => <<~TEXT,
      Le café où nous étions à Besançon l'été dernier est fermé, mais l'hôtel à côté
      est très bien. À bientôt, et merci encore pour la journée passée près du château.
    TEXT
    "Windows-1252" => <<~TEXT,
      Das Angebot „Bürostühle“ über 1.250,00 € haben wir erhalten – vielen Dank dafür,
      es passt… Bitte liefern Sie „weiß“ statt „grau“, die Rechnung geht an die Zentrale.
    TEXT
    "ISO-2022-JP" => <<~TEXT,
      来週の月曜日の会議ですが、会議室の予約がまだ取れていないようです。
      総務の方にお願いして、午後二時から四時まで第三会議室を押さえてください。
    TEXT
    "Shift_JIS" => <<~TEXT,
      来週の月曜日の会議ですが、会議室の予約がまだ取れていないようです。
      総務の方にお願いして、午後二時から四時まで第三会議室を押さえてください。
    TEXT
    "EUC-JP" => <<~TEXT,
      先日お送りいただいた見積書を確認いたしました。内容に問題はありませんので、
      このまま進めていただければと思います。どうぞよろしくお願いいたします。
    TEXT
    "GB18030" => <<~TEXT,
      您好，上次会议讨论的合同我们已经看过了，没有什么问题。请在下个星期五之前
      把签好字的文件寄到我们的办公室，谢谢您的帮助，祝您工作顺利。
    TEXT
    "Big5" => <<~TEXT,
      您好，上次會議討論的合約我們已經看過了，沒有什麼問題。請在下個星期五之前
      把簽好字的文件寄到我們的辦公室，謝謝您的幫助，祝您工作順利。
    TEXT
    "KOI8-R" => <<~TEXT
      Здравствуйте, мы получили ваше письмо и внимательно его прочитали. Встреча
      состоится в следующую среду в десять часов утра в нашем главном офисе.
    TEXT
  }.transform_values { |text| text.gsub("\n", "\r\n").freeze }.freeze

  module_function

  # @param charset [String] what the text is written in, by its MIME name
  # @param declared [String, nil] what the message says of that; nothing when nil
  # @param text [String] UTF-8 with CRLF
  # @return [String] raw bytes
  def mail(charset, declared: charset, text: TEXTS.fetch(charset))
    type = declared && "; charset=#{declared}"
    head(charset, "text/plain#{type}") + text.encode(charset).b
  end

  # @param parts [Array<Array(String, String)>] Content-Type with further header lines, and raw bytes of each part
  # @return [String]
  def multipart(*parts)
    body = parts.map { |header, bytes| "--=_part\r\n#{header}\r\n\r\n".b + bytes.b + "\r\n".b }
    "#{head('multipart', 'multipart/mixed; boundary="=_part"')}#{body.join}--=_part--\r\n".b
  end

  def head(subject, content_type)
    <<~HEAD.gsub("\n", "\r\n").b
      Date: Mon, 02 Sep 2024 08:15:00 +0200
      From: Sender <sender@example.org>
      To: incoming@gitlab.example.com
      Message-ID: <#{subject}@example.org>
      Subject: in #{subject}
      MIME-Version: 1.0
      Content-Type: #{content_type}
      Content-Transfer-Encoding: 8bit

    HEAD
  end
  private_class_method :head
end
